/** Sends a request again whose response was lost. A mutation is performed once, because its key stays the same. */

import { ApolloLink } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { ErrorLink } from "@apollo/client/link/error";
import { RetryLink } from "@apollo/client/link/retry";
import { OperationTypeNode } from "graphql";
import { switchMap, timer } from "rxjs";

/** Gives each mutation a key of its own, when it is started. */
export const idempotencyLink = new ApolloLink((operation, forward) => {
  if (operation.operationType === OperationTypeNode.MUTATION)
    operation.setContext(({ headers }) => ({ headers: { ...headers, "Idempotency-Key": crypto.randomUUID() } }));
  return forward(operation);
});

/** Retries after a network error. Errors of the server are not retried here. */
export const retryLink = new RetryLink({
  delay: { initial: 500, max: 15_000 },
  attempts: { max: 4, retryIf: (error) => !CombinedGraphQLErrors.is(error) },
});

const TRANSIENT_CODES: unknown[] = ["UNAVAILABLE", "CONFLICT"];

/** Retries once after the time that an overloaded server asks for. */
export const unavailableLink = new ErrorLink(({ error, operation, forward }) => {
  if (!CombinedGraphQLErrors.is(error) || operation.getContext().hasWaited) return;
  const transient = error.errors.find(
    ({ extensions }) => TRANSIENT_CODES.includes(extensions?.["code"]) || extensions?.["resultUnknown"],
  );
  if (!transient) return;
  operation.setContext({ hasWaited: true });
  const seconds = Number(transient.extensions?.["retryAfter"] ?? 1);
  return timer(seconds * 1000).pipe(switchMap(() => forward(operation)));
});
