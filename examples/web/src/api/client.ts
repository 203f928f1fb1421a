/** The urql client of a tenant. */

import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { sessionExchange } from "./auth";
import { documentIdExchange } from "./documents";
import { liveExchange } from "./live";
import { idempotencyExchange, transientErrorExchange } from "./retry";

export function createClient(tenant: string): Client {
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetchOptions: { headers: { "X-Tenant": tenant } },
    exchanges: [
      ...(import.meta.env.PROD ? [documentIdExchange] : []),
      idempotencyExchange, // before the retries, so that all of them have the same key
      liveExchange(tenant), // before the cache, which would begin a live query again after each mutation
      cacheExchange,
      transientErrorExchange,
      sessionExchange,
      fetchExchange,
    ],
  });
}

/** For what a user may read before a tenant is chosen. */
export const clientWithoutTenant = new Client({
  url: "/graphql",
  preferGetMethod: false,
  exchanges: [
    ...(import.meta.env.PROD ? [documentIdExchange] : []),
    transientErrorExchange,
    sessionExchange,
    fetchExchange,
  ],
});
