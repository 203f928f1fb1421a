/** The Apollo client: signs requests, refreshes the session, retries, and appends pages in the cache. */

import { ApolloClient, ApolloLink, HttpLink } from "@apollo/client";

import type { Session } from "../../common/session.js";
import { accessTokenLink, sessionLink } from "./auth.js";
import { pagingCache } from "./cache.js";
import { idempotencyLink, retryLink, unavailableLink } from "./retry.js";

export interface ClientOptions {
  endpoint: string;
  /** The slug of the tenant that the user works in. */
  tenant: string;
  session: Session;
  fetch?: typeof fetch;
}

export function createClient({ endpoint, tenant, session, fetch }: ClientOptions): ApolloClient {
  return new ApolloClient({
    cache: pagingCache(),
    link: ApolloLink.from([
      idempotencyLink, // before the retries, so that all of them have the same key
      retryLink,
      unavailableLink,
      sessionLink(session),
      accessTokenLink(session),
      new HttpLink({ uri: endpoint, headers: { "X-Tenant": tenant }, ...(fetch && { fetch }) }),
    ]),
  });
}
