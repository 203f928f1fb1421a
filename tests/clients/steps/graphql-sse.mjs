// graphql-sse, over server-sent events.
import { createClient } from "graphql-sse";
import { REGISTERED_ID, codesOf, headers, runSteps, url } from "./steps.mjs";

const client = createClient({ url, headers, retryAttempts: 0 });

function send(payload) {
  return new Promise((resolve, reject) => {
    let result;
    const stop = client.subscribe(payload, {
      next: (value) => {
        result ??= value;
        stop(); // of a subscription: after the first event
        resolve(result);
      },
      error: reject,
      complete: () => resolve(result),
    });
  }).then((result) => (result.errors ? { codes: codesOf(result.errors) } : result));
}

await runSteps({
  execute: (query, variables) => send({ query, variables }),
  first: async (query, variables) => (await send({ query, variables })).data,
  persisted: async () => (await send({ documentId: REGISTERED_ID })).data,
});
