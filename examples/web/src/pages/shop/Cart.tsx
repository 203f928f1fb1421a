import { type FormEvent, useState } from "react";
import { describeByField } from "../../../../common/userErrors.js";
import { ErrorMessage } from "../../components/ErrorMessage";
import type { ProductFieldsFragment } from "../../gql/graphql";
import { formatMoney } from "./money";
import { useCheckout } from "./useCheckout";

export interface CartItem {
  product: ProductFieldsFragment;
  quantity: number;
}

interface Props {
  items: CartItem[];
  setItems: (items: CartItem[]) => void;
}

/** The cart and the form to order. Each problem is shown beside the input that it concerns. */
export function Cart({ items, setItems }: Props) {
  const [shippingAddress, setShippingAddress] = useState("");
  const { order, userErrors, error, isSending, checkOut, retry } = useCheckout();
  const problems = describeByField(userErrors);

  function setQuantity(changed: CartItem, quantity: number) {
    setItems(items.map((item) => (item === changed ? { ...item, quantity } : item)));
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    const lines = items.map(({ product, quantity }) => ({ productId: product.id, quantity }));
    if (await checkOut({ items: lines, shippingAddress })) setItems([]);
  }

  async function submitAgain() {
    if (await retry?.()) setItems([]);
  }

  return (
    <form aria-label="Cart" onSubmit={submit}>
      <h2>Cart</h2>
      {/* While it is not known whether the order exists, it cannot be changed. */}
      <fieldset disabled={isSending || retry !== null}>
        {items.length === 0 && <p>Your cart is empty.</p>}
        {items.map((item, index) => (
          <div className="row" key={item.product.id}>
            <label>
              {item.product.name}
              <input
                type="number"
                min={1}
                required
                value={item.quantity || ""}
                onChange={(event) => setQuantity(item, event.target.valueAsNumber)}
              />
            </label>
            <button type="button" onClick={() => setItems(items.filter((other) => other !== item))}>
              Remove
            </button>
            <Problem message={problems.get(`input.items.${index}.quantity`)} />
            <Problem message={problems.get(`input.items.${index}.productId`)} />
          </div>
        ))}
        <label>
          Shipping address
          <input
            autoComplete="street-address"
            value={shippingAddress}
            onChange={(event) => setShippingAddress(event.target.value)}
          />
        </label>
        <Problem message={problems.get("input.shippingAddress")} />
        <button type="submit" disabled={items.length === 0}>
          Place order
        </button>
      </fieldset>
      {error && <ErrorMessage error={error} retry={retry ? submitAgain : undefined} />}
      {retry && <p>The order may have been placed. “Try again” does not order twice.</p>}
      {order && (
        <p role="status">
          Order {order.number} was placed. Total: {formatMoney(order.total)}
        </p>
      )}
    </form>
  );
}

function Problem({ message }: { message: string | undefined }) {
  return (
    message && (
      <p className="error" role="alert">
        {message}
      </p>
    )
  );
}
