import { type FormEvent, useState } from 'react';
import { useServerInfo } from '../server/serverInfo';
import { endpointUrl } from '../server/urls';
import { PasswordlessSignIn } from '../session/PasswordlessSignIn';
import { SignInForm } from '../session/SignIn';
import { Field, PASSWORD_RULES, textOf } from './Field';
import { useLinkToken } from './linkToken';
import { openConsole, PageShell } from './PageShell';
import { isDone, useSubmit } from './useSubmit';

const RESET = `mutation ResetPassword($input: ResetPasswordInput!) {
  payload: resetPassword(input: $input) { done userErrors { code field message } }
}`;
const REQUEST = `mutation RequestPasswordReset($input: EmailInput!) {
  payload: requestPasswordReset(input: $input) { done userErrors { code field message } }
}`;

/** Sets a new password with the token of an email. Without a token, it requests such an email. */
export default function ResetPassword() {
  const token = useLinkToken();
  return (
    <PageShell title="Reset your password">
      {token ? <NewPassword key={token} token={token} /> : <RequestLink />}
    </PageShell>
  );
}

function NewPassword({ token }: { token: string }) {
  const { answer, isBusy, submit } = useSubmit<{ done: boolean }>();
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const newPassword = textOf(event.currentTarget, 'newPassword');
    void submit({ query: RESET, variables: { input: { token, newPassword } } });
  };
  if (isDone(answer)) return <SignInAfterwards />;
  if (answer?.fields.token) {
    return (
      <>
        <p role="alert">This link has expired, or it was used before. Request another one.</p>
        <RequestLink />
      </>
    );
  }
  return (
    <form onSubmit={send}>
      <Field
        name="newPassword"
        label="New password"
        type="password"
        autoComplete="new-password"
        hint={PASSWORD_RULES}
        error={answer?.fields.newPassword}
      />
      <ErrorText text={answer?.error} />
      <button type="submit" className="primary" disabled={isBusy}>
        {isBusy ? 'Setting the password…' : 'Set the password'}
      </button>
    </form>
  );
}

function SignInAfterwards() {
  return (
    <>
      <p role="status">Your password was changed, and all your sessions have ended. Sign in with the new password.</p>
      <SignInForm onSignedIn={openConsole} />
      <PasswordlessSignIn onSignedIn={openConsole} />
    </>
  );
}

function RequestLink() {
  const { answer, isBusy, submit } = useSubmit<{ done: boolean }>();
  const [email, setEmail] = useState('');
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const entered = textOf(event.currentTarget, 'email');
    setEmail(entered);
    void submit({ query: REQUEST, variables: { input: { email: entered } } });
  };
  if (isDone(answer)) return <Requested email={email} />;
  return (
    <form onSubmit={send}>
      <p>Enter the email address of your account. You receive a link to set a new password.</p>
      <Field name="email" label="Email address" type="email" autoComplete="username" error={answer?.fields.email} />
      <ErrorText text={answer?.error} />
      <button type="submit" className="primary" disabled={isBusy}>
        {isBusy ? 'Requesting…' : 'Send the link'}
      </button>
    </form>
  );
}

function Requested({ email }: { email: string }) {
  return (
    <>
      <p role="status">
        If {email} is the address of an account, an email with a link is on its way. The link works once.
      </p>
      <InboxLink />
    </>
  );
}

/** A link to the inbox, on servers that send no email. */
export function InboxLink() {
  if (!useServerInfo()?.inbox) return null;
  return (
    <p>
      This server is in development and sends no email: <a href={`${endpointUrl()}#/inbox`}>open its inbox</a>.
    </p>
  );
}

/** An error of the request, announced when it appears. */
export function ErrorText({ text }: { text: string | null | undefined }) {
  return (
    <p role="alert" className="error">
      {text}
    </p>
  );
}
