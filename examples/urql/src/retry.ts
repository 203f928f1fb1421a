/** Sends a request again whose response was lost. A mutation is performed once, because its key stays the same. */

import { type CombinedError, type Exchange, makeOperation, mapExchange } from "@urql/core";

import { hasCode } from "./auth.js";

/** Gives each mutation a key of its own, when it is started. */
export const idempotencyExchange: Exchange = mapExchange({
  onOperation(operation) {
    if (operation.kind !== "mutation") return operation;
    const { fetchOptions } = operation.context;
    const options = typeof fetchOptions === "function" ? fetchOptions() : fetchOptions;
    const headers = { ...(options?.headers as Record<string, string>), "Idempotency-Key": crypto.randomUUID() };
    return makeOperation(operation.kind, operation, {
      ...operation.context,
      fetchOptions: { ...options, headers },
    });
  },
});

/** Whether the same request can succeed if it is sent again: no response, or one that says so. */
export function isTransient(error: CombinedError): boolean {
  return (
    error.networkError !== undefined ||
    hasCode(error, "UNAVAILABLE") ||
    hasCode(error, "CONFLICT") ||
    error.graphQLErrors.some(({ extensions }) => extensions["resultUnknown"] === true)
  );
}
