// Follows changes with urql, which sends subscriptions by fetch. The program subscribes again.
import { createClient, fetchExchange } from "@urql/core";
import { CHANGES, after, fail, handle, headers, url } from "./follow.mjs";

const client = createClient({
  url,
  preferGetMethod: false,
  exchanges: [fetchExchange],
  fetchSubscriptions: true,
  fetchOptions: () => ({ headers: headers() }),
});

function follow(cursor) {
  const { unsubscribe } = client.subscription(CHANGES, { after: cursor }).subscribe(({ data, error }) => {
    if (error?.networkError) {
      unsubscribe();
      setTimeout(follow, 200, cursor);
    } else if (error) {
      fail(error.graphQLErrors);
    } else if (data) {
      cursor = data.changes.cursor;
      handle(data.changes);
    }
  });
}

follow(after);
