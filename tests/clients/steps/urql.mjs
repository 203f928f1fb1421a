// urql with its normalized cache: HTTP, subscriptions as server-sent events, and automatic persisted queries.
import { readFileSync } from "node:fs";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { persistedExchange } from "@urql/exchange-persisted";
import { minifyIntrospectionQuery } from "@urql/introspection";
import { buildSchema, introspectionFromSchema, isObjectType } from "graphql";
import { ME, codesOf, headers, recordingFetch, requireSentByHash, runSteps, url } from "./steps.mjs";

const graphqlSchema = buildSchema(readFileSync("schema.graphql", "utf8"));
const schema = minifyIntrospectionQuery(introspectionFromSchema(graphqlSchema));
const types = Object.values(graphqlSchema.getTypeMap()).filter((type) => isObjectType(type));
const keys = Object.fromEntries(types.filter((type) => !("id" in type.getFields())).map(({ name }) => [name, () => null]));

function connect(...persisted) {
  return new Client({
    url,
    exchanges: [cacheExchange({ schema, keys }), ...persisted, fetchExchange],
    preferGetMethod: false,
    fetchSubscriptions: true,
    fetchOptions: { headers },
    fetch: recordingFetch,
    requestPolicy: "network-only",
  });
}

const client = connect();
const byHash = connect(persistedExchange({ preferGetForPersistedQueries: false }));

await runSteps({
  execute: async (text, variables = {}) => {
    const operation = text.startsWith("mutation") ? client.mutation(text, variables) : client.query(text, variables);
    const { data, error } = await operation.toPromise();
    return error ? { codes: codesOf(error.graphQLErrors) } : { data };
  },
  first: (text, variables) =>
    new Promise((resolve, reject) => {
      client.subscription(text, variables).subscribe(({ data, error }) => (error ? reject(error) : data && resolve(data)));
    }),
  persisted: async () => {
    await byHash.query(ME, {}).toPromise(); // the hash, and then the hash with the text
    const { data } = await byHash.query(ME, {}).toPromise();
    requireSentByHash();
    return data;
  },
});
