// Follows changes with graphql-ws, which subscribes again by itself.
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { CHANGES, after, fail, handle, token, url as endpoint } from "./follow.mjs";

globalThis.WebSocket ??= WebSocket; // Node has none before version 22
const url = endpoint.replace("http", "ws");
const freshAccessToken = async () => token;

const client = createClient({
  url, // wss://api.example.com/graphql; in development ws://localhost:8000/graphql
  connectionParams: async () => ({ Authorization: `Bearer ${await freshAccessToken()}`, "X-Tenant": "demo" }),
  retryAttempts: Infinity,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
  shouldRetry: () => true, // also if the server cannot be reached
});

const variables = { after };
client.subscribe(
  { query: CHANGES, variables },
  {
    next: ({ data, errors }) => {
      if (!data) return fail(errors);
      variables.after = data.changes.cursor; // where the next connection begins
      handle(data.changes);
    },
    error: (reason) => (Array.isArray(reason) ? fail(reason) : console.error(reason)),
    complete: () => console.error("complete"),
  },
);

// A rejected token closes the socket, and the client tries again with the next token. Here it is the same one.
client.on("closed", ({ code }) => code === 4403 && fail([{ extensions: { code: "UNAUTHENTICATED" } }]));
