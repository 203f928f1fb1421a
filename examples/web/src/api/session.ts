/** The session of the page. The refresh token is in a cookie, so the session survives a reload. */

import { Session } from "../../../common/session.js";
import { LoginDocument, LogoutDocument, RefreshSessionDocument } from "../gql/graphql";
import { documentInBody } from "./documents";
import { Value } from "./value";

export const isSignedIn = new Value(false);

export const session = new Session({
  endpoint: "/graphql",
  operations: {
    login: documentInBody(LoginDocument),
    refreshSession: documentInBody(RefreshSessionDocument),
    logout: documentInBody(LogoutDocument),
  },
  onChange: () => isSignedIn.set(session.accessToken !== null),
});
