// What the programs share: the arguments, the subscription, and functions that print what is received.
export const [url, token, after, count] = process.argv.slice(2);
export const headers = () => ({ Authorization: `Bearer ${token}`, "X-Tenant": "demo" });
export const CHANGES = `subscription Changes($after: String) {
  changes(after: $after, types: [TASK]) { cursor action object { ... on Task { title } } }
}`;

let received = 0;
export function handle({ action, object }) {
  console.log(`${action} ${object.title}`);
  received += 1;
  if (received === Number(count)) process.exit(0);
}

export function fail(errors) {
  console.log(errors.map((error) => error.extensions.code).join());
  process.exit(1);
}
