/** Amounts are text with two decimal places, such as "159.00". A tenant sells in one currency, which its front ends know. */

const FORMAT = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });

export function formatMoney(amount: string): string {
  return FORMAT.format(Number(amount));
}
