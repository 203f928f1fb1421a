/** Live queries (`@live`), over one WebSocket that connects again by itself. */

import { type Exchange, type Operation, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import { session } from "./session";
import { Value } from "./value";

const CREDENTIALS_REJECTED = 4403;
const NORMAL_CLOSURE = 1000;
const NEW_TOKEN_WAIT = 100; // milliseconds
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/** Whether the connection was lost and is not open again yet: what others change does not show. */
export const isConnectionLost = new Value(false);

export function liveExchange(tenant: string): Exchange {
  let lastCode = NORMAL_CLOSURE;
  const socket = createClient({
    url: new URL("/graphql", location.href).href.replace("http", "ws"),
    connectionParams: async () => ({
      Authorization: `Bearer ${await session.freshAccessToken()}`,
      "X-Tenant": tenant,
    }),
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, waitBefore(retries, lastCode))),
    on: {
      connected: () => isConnectionLost.set(false),
      closed: (event) => {
        const { code } = event as CloseEvent;
        lastCode = code;
        isConnectionLost.set(code !== NORMAL_CLOSURE);
        if (code === CREDENTIALS_REJECTED) session.refresh().catch(() => {}); // the next connection tries again
      },
    },
  });
  return subscriptionExchange({
    isSubscriptionOperation: isLive,
    forwardSubscription: (body) => ({
      subscribe: (sink) => ({
        // graphql-ws requires a text, which is empty beside an id.
        unsubscribe: socket.subscribe({ ...body, query: body.query ?? "" }, sink),
      }),
    }),
  });
}

/** The time until the next connection: short after an expired token, longer after each failure, and random, since a
 * server that starts again would otherwise get all its clients at once. */
function waitBefore(retries: number, lastCode: number): number {
  if (lastCode === CREDENTIALS_REJECTED && retries === 0) return NEW_TOKEN_WAIT;
  return Math.min(FIRST_WAIT * 2 ** retries, LONGEST_WAIT) * (0.5 + Math.random());
}

function isLive({ query }: Operation): boolean {
  return query.definitions.some((definition) => definition.directives?.some(({ name }) => name.value === "live"));
}
