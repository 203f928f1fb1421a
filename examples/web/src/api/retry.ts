/** Sends requests again whose response was lost. A mutation is performed once, because its key stays the same. */

import { type CombinedError, type Exchange, makeOperation, mapExchange } from "@urql/core";
import { retryExchange } from "@urql/exchange-retry";
import { hasCode } from "./auth";

/** Gives each mutation a key: that of the caller (`context.idempotencyKey`), or a new one. */
export const idempotencyExchange: Exchange = mapExchange({
  onOperation(operation) {
    if (operation.kind !== "mutation") return operation;
    const { fetchOptions, idempotencyKey = crypto.randomUUID() } = operation.context;
    const options = typeof fetchOptions === "function" ? fetchOptions() : fetchOptions;
    const headers = { ...(options?.headers as Record<string, string>), "Idempotency-Key": idempotencyKey };
    return makeOperation(operation.kind, operation, { ...operation.context, fetchOptions: { ...options, headers } });
  },
});

export const transientErrorExchange: Exchange = retryExchange({
  maxNumberAttempts: 3,
  initialDelayMs: 500,
  retryIf: isTransient,
});

/** Whether the same request can succeed if it is sent again: no response, or one that says so. */
export function isTransient(error: CombinedError): boolean {
  return (
    error.networkError !== undefined ||
    hasCode(error, "UNAVAILABLE") ||
    hasCode(error, "CONFLICT") ||
    error.graphQLErrors.some(({ extensions }) => extensions.resultUnknown === true)
  );
}
