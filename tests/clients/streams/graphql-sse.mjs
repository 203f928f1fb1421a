// Follows changes with graphql-sse, which subscribes again by itself.
import { createClient } from "graphql-sse";
import { CHANGES, after, fail, handle, headers, url } from "./follow.mjs";

const client = createClient({
  url,
  headers, // is called for each connection
  retryAttempts: Infinity,
  retry: () => new Promise((resolve) => setTimeout(resolve, 200)),
});

const variables = { after };
client.subscribe(
  { query: CHANGES, variables },
  {
    next: ({ data, errors }) => {
      if (!data) return fail(errors);
      variables.after = data.changes.cursor; // where the next request begins
      handle(data.changes);
    },
    error: console.error,
    complete: () => console.error("complete"),
  },
);
