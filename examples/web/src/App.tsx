import { useCallback, useEffect, useState } from "react";
import { Provider } from "urql";
import { clientWithoutTenant } from "./api/client";
import { describeSessionFailure } from "./api/errors";
import { isSignedIn, session } from "./api/session";
import { useValue } from "./api/value";
import { SignIn } from "./pages/session/SignIn";
import { Tenants } from "./pages/session/Tenants";

/** Continues the session of the cookie, or asks the user to sign in. */
export function App() {
  const showsPages = useValue(isSignedIn);
  const [state, setState] = useState<"loading" | "ready" | { failure: string }>("loading");

  const resume = useCallback(() => {
    setState("loading");
    session.refresh().then(
      () => setState("ready"),
      (error) => setState({ failure: describeSessionFailure(error) }),
    );
  }, []);
  useEffect(resume, [resume]);

  if (showsPages)
    return (
      <Provider value={clientWithoutTenant}>
        <Tenants />
      </Provider>
    );
  if (state === "ready") return <SignIn />;
  if (state === "loading") return <p role="status">Loading…</p>;
  return (
    <p className="error" role="alert">
      {state.failure}{" "}
      <button type="button" onClick={resume}>
        Try again
      </button>
    </p>
  );
}
