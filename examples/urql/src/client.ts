/** The urql client: signs requests, refreshes the session, retries, and appends pages in the cache. */

import { Client, fetchExchange } from "@urql/core";
import { retryExchange } from "@urql/exchange-retry";

import type { Session } from "../../common/session.js";
import { sessionExchange } from "./auth.js";
import { pagingCache } from "./cache.js";
import { idempotencyExchange, isTransient } from "./retry.js";

export interface ClientOptions {
  endpoint: string;
  /** The slug of the tenant that the user works in. */
  tenant: string;
  session: Session;
  fetch?: typeof fetch;
}

export function createClient({ endpoint, tenant, session, fetch }: ClientOptions): Client {
  return new Client({
    url: endpoint,
    preferGetMethod: false,
    fetchOptions: { headers: { "X-Tenant": tenant } },
    exchanges: [
      idempotencyExchange, // before the retries, so that all of them have the same key
      pagingCache(),
      retryExchange({ maxNumberAttempts: 4, initialDelayMs: 500, retryIf: isTransient }),
      sessionExchange(session),
      fetchExchange,
    ],
    ...(fetch && { fetch }),
  });
}
