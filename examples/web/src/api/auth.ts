/** Adds the access token to requests, and refreshes it when the server rejects it. */

import { type CombinedError, type Exchange, makeOperation } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { session } from "./session";

/** While one request refreshes the session, all others wait; then those that were rejected are sent again. */
export const sessionExchange: Exchange = authExchange(async (utilities) => {
  let rejectedToken: string | null = null;
  return {
    addAuthToOperation(operation) {
      const { accessToken } = session;
      if (accessToken === null) return operation;
      const signed = utilities.appendHeaders(operation, { Authorization: `Bearer ${accessToken}` });
      return makeOperation(signed.kind, signed, { ...signed.context, accessToken });
    },
    didAuthError(error, operation) {
      rejectedToken = operation.context.accessToken ?? null;
      return hasCode(error, "UNAUTHENTICATED");
    },
    refreshAuth: async () => {
      await session.refresh(rejectedToken);
    },
  };
});

export function hasCode(error: CombinedError, code: string): boolean {
  return error.graphQLErrors.some(({ extensions }) => extensions.code === code);
}
