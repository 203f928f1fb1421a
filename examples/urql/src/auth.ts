/** Adds the access token, and refreshes it when the server rejects it. */

import type { CombinedError, Exchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";

import type { Session } from "../../common/session.js";

/** While one request refreshes the session, all others wait; then those that were rejected are sent again. */
export function sessionExchange(session: Session): Exchange {
  return authExchange(async (utilities) => ({
    addAuthToOperation: (operation) =>
      session.accessToken
        ? utilities.appendHeaders(operation, { Authorization: `Bearer ${session.accessToken}` })
        : operation,
    didAuthError: (error: CombinedError) => hasCode(error, "UNAUTHENTICATED"),
    refreshAuth: async () => {
      await session.refresh();
    },
  }));
}

export function hasCode(error: CombinedError, code: string): boolean {
  return error.graphQLErrors.some(({ extensions }) => extensions["code"] === code);
}
