// graphql-ws, over WebSocket.
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { REGISTERED_ID, codesOf, headers, runSteps, url } from "./steps.mjs";

const client = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: headers });

function send(payload) {
  return new Promise((resolve, reject) => {
    let result;
    const done = () => resolve(result);
    const stop = client.subscribe(payload, {
      next: (value) => {
        result ??= value;
        stop(); // of a subscription: after the first event
      },
      error: (errors) => (Array.isArray(errors) ? resolve({ codes: codesOf(errors) }) : reject(errors)),
      complete: done,
    });
  }).then((result) => (result.errors ? { codes: codesOf(result.errors) } : result));
}

await runSteps({
  execute: (query, variables) => send({ query, variables }),
  first: async (query, variables) => (await send({ query, variables })).data,
  persisted: async () => (await send({ query: "", documentId: REGISTERED_ID })).data,
});
