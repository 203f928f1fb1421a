// Follows changes with Apollo Client. RetryLink subscribes again, and a link before HttpLink sets the cursor.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { RetryLink } from "@apollo/client/link/retry";
import { CHANGES, after, fail, handle, headers, url } from "./follow.mjs";

let cursor = after;
const cursorLink = new ApolloLink((operation, forward) => {
  if (operation.operationName === "Changes") operation.variables.after = cursor;
  operation.setContext({ headers: headers() });
  return forward(operation);
});
const retryLink = new RetryLink({ delay: { initial: 200, max: 200 }, attempts: { max: Infinity } });

const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.from([retryLink, cursorLink, new HttpLink({ uri: url })]),
});

client.subscribe({ query: gql(CHANGES) }).subscribe({
  next: ({ data, error }) => {
    if (!data) return fail(error.errors);
    cursor = data.changes.cursor;
    handle(data.changes);
  },
  error: console.error,
  complete: () => console.error("complete"),
});
