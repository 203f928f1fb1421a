// Runs operations with graphql-ws, and prints their results, the errors and the close codes.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token] = process.argv.slice(2);
const printed = { results: [], closed: [] };

let sockets = 0;
let current;
const client = createClient({
  url: url.replace("http", "ws"),
  webSocketImpl: WebSocket,
  lazy: false,
  retryAttempts: 3,
  retryWait: async () => {},
  onNonLazyError: () => {},
  connectionParams: () => ({ Authorization: `Bearer ${token}`, "X-Tenant": "demo" }),
  on: {
    opened: (socket) => {
      sockets += 1;
      current = socket;
    },
    closed: ({ code }) => printed.closed.push(code),
  },
});

function execute(query, variables) {
  return new Promise((resolve) => {
    let result;
    client.subscribe(
      { query, variables },
      { next: (value) => (result = value), error: (errors) => resolve({ errors }), complete: () => resolve(result) },
    );
  });
}

const task = "{ task { title } userErrors { code } }";
const create = `mutation ($input: CreateTaskInput!) { createTask(input: $input) ${task} }`;
printed.results.push(await execute("{ viewer { email } }"));
printed.results.push(await execute(create, { input: { title: "Over WebSocket" } }));
printed.results.push((await execute("{ unknown }")).errors.map((error) => error.extensions.code));
const many = Array.from({ length: 20 }, () => execute("{ tasks(first: 5) { nodes { id title } } }"));
printed.results.push((await Promise.all(many)).filter((result) => result.data.tasks.nodes.length === 5).length);

current.terminate(); // as if the network had failed
printed.results.push(await execute("{ viewer { email } }"));
printed.sockets = sockets;
await client.dispose();

const rejected = createClient({
  url: url.replace("http", "ws"),
  webSocketImpl: WebSocket,
  retryAttempts: 0,
  connectionParams: { Authorization: "Bearer invalid" },
});
printed.rejected = await new Promise((resolve) => {
  rejected.subscribe({ query: "{ __typename }" }, { next: () => {}, error: ({ code }) => resolve(code), complete: resolve });
});
console.log(JSON.stringify(printed));
process.exit(0);
