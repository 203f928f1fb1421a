import { useActionState, useState } from "react";
import { describeError, type UserError } from "../../../../common/userErrors.js";
import { describeSessionFailure } from "../../api/errors";
import { session } from "../../api/session";

/** The form to sign in. It asks for a code only if the server does. */
export function SignIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [result, submit, isPending] = useActionState(signIn, { asksForCode: false, messages: [] });

  return (
    <main className="sign-in">
      <h1>Sign in</h1>
      <form action={() => submit({ email, password, code })}>
        <label>
          Email address
          <input
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </label>
        <label>
          Password
          <input
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        {result.asksForCode && (
          <label>
            Code of your authenticator app, or a recovery code
            <input
              autoComplete="one-time-code"
              required
              value={code}
              onChange={(event) => setCode(event.target.value)}
              // biome-ignore lint/a11y/noAutofocus: the user has just sent the form and continues here
              autoFocus
            />
          </label>
        )}
        {result.messages.map((message) => (
          <p className="error" role="alert" key={message}>
            {message}
          </p>
        ))}
        <button type="submit" disabled={isPending}>
          Sign in
        </button>
      </form>
    </main>
  );
}

interface Result {
  asksForCode: boolean;
  messages: string[];
}

async function signIn(before: Result, input: { email: string; password: string; code: string }): Promise<Result> {
  try {
    const errors = await session.signIn(input.email, input.password, input.code || undefined);
    return { asksForCode: before.asksForCode || errors.some(concernsCode), messages: errors.map(describeError) };
  } catch (error) {
    return { ...before, messages: [describeSessionFailure(error)] };
  }
}

function concernsCode({ code }: UserError): boolean {
  return code === "SECOND_FACTOR_REQUIRED" || code === "BAD_CODE";
}
