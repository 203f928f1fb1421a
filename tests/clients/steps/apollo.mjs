// Apollo Client: HTTP, subscriptions as multipart responses, and automatic persisted queries.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { ME, codesOf, headers, recordingFetch, requireSentByHash, runSteps, url } from "./steps.mjs";

const http = new HttpLink({ uri: url, headers, fetch: recordingFetch });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const options = { defaultOptions: { query: { fetchPolicy: "no-cache" } } };
const client = new ApolloClient({ cache: new InMemoryCache(), link: http, ...options });
const byHash = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.from([new PersistedQueryLink({ sha256 }), http]),
  ...options,
});

async function execute(text, variables) {
  const document = gql(text);
  const isMutation = text.startsWith("mutation");
  try {
    return await (isMutation ? client.mutate({ mutation: document, variables }) : client.query({ query: document, variables }));
  } catch (error) {
    return { codes: codesOf(error.errors) };
  }
}

await runSteps({
  execute,
  first: (text, variables) =>
    new Promise((resolve, reject) => {
      client.subscribe({ query: gql(text), variables }).subscribe({ next: ({ data }) => resolve(data), error: reject });
    }),
  persisted: async () => {
    await byHash.query({ query: gql(ME) }); // the hash, and then the hash with the text
    const { data } = await byHash.query({ query: gql(ME) });
    requireSentByHash();
    return data;
  },
});
