/** Adds the access token, and refreshes it when the server rejects it. */

import type { ApolloLink } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { SetContextLink } from "@apollo/client/link/context";
import { ErrorLink } from "@apollo/client/link/error";
import { from, switchMap, throwError } from "rxjs";

import type { Session } from "../../common/session.js";

export function accessTokenLink(session: Session): ApolloLink {
  return new SetContextLink(({ headers }) => {
    const { accessToken } = session;
    if (accessToken === null) return {};
    return { accessToken, headers: { ...headers, Authorization: `Bearer ${accessToken}` } };
  });
}

/** Sends a rejected request once more after a refresh, which all rejected requests share. */
export function sessionLink(session: Session): ApolloLink {
  return new ErrorLink(({ error, operation, forward }) => {
    const { accessToken, wasRefreshed } = operation.getContext();
    if (!hasCode(error, "UNAUTHENTICATED") || wasRefreshed) return;
    operation.setContext({ wasRefreshed: true });
    return from(session.refresh(accessToken)).pipe(
      switchMap((succeeded) => (succeeded ? forward(operation) : throwError(() => error))),
    );
  });
}

export function hasCode(error: unknown, code: string): boolean {
  return CombinedGraphQLErrors.is(error) && error.errors.some(({ extensions }) => extensions?.["code"] === code);
}
