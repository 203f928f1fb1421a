import { PasswordlessSignIn } from '../session/PasswordlessSignIn';
import { SignInForm } from '../session/SignIn';
import { startSession, useSession } from '../session/session';
import { useLinkToken } from './linkToken';
import { PageShell } from './PageShell';
import { ErrorText, InboxLink } from './ResetPassword';
import { isDone, useSubmit } from './useSubmit';

const VERIFY = `mutation VerifyEmail($input: MailedTokenInput!) {
  payload: verifyEmail(input: $input) { user { email } userErrors { code field message } }
}`;
const REQUEST =
  'mutation RequestVerification { payload: requestEmailVerification { done userErrors { code field message } } }';

startSession();

/** Confirms an email address with the token of an email. A program that only loads the link confirms nothing. */
export default function VerifyEmail() {
  const token = useLinkToken();
  return (
    <PageShell title="Confirm your email address">
      {token ? <Confirm key={token} token={token} /> : <RequestAnother reason="This address contains no token." />}
    </PageShell>
  );
}

function Confirm({ token }: { token: string }) {
  const { answer, isBusy, submit } = useSubmit<{ user: { email: string } | null }>();
  if (answer && isDone(answer)) {
    return <p role="status">{answer.payload?.user?.email ?? 'The address'} is confirmed.</p>;
  }
  if (answer && answer.error === null) {
    return <RequestAnother reason="This link has expired, it was used before, or another one was requested since." />;
  }
  return (
    <>
      <ErrorText text={answer?.error} />
      <button
        type="button"
        className="primary"
        disabled={isBusy}
        onClick={() => void submit({ query: VERIFY, variables: { input: { token } } })}
      >
        {isBusy ? 'Confirming…' : 'Confirm'}
      </button>
    </>
  );
}

function RequestAnother({ reason }: { reason: string }) {
  const session = useSession();
  const { answer, isBusy, submit } = useSubmit<{ done: boolean }>();
  if (isDone(answer)) {
    return (
      <>
        <p role="status">Another email is on its way to {session?.user.email}.</p>
        <InboxLink />
      </>
    );
  }
  return (
    <>
      <p role="alert">{reason}</p>
      <p>If your address is not confirmed yet, sign in and request another email.</p>
      <ErrorText text={answer?.error ?? Object.values(answer?.fields ?? {})[0]} />
      {session ? (
        <button type="button" className="primary" disabled={isBusy} onClick={() => void submit({ query: REQUEST })}>
          Send another email to {session.user.email}
        </button>
      ) : (
        <>
          <SignInForm onSignedIn={() => undefined} />
          <PasswordlessSignIn onSignedIn={() => undefined} page={location.pathname} />
        </>
      )}
    </>
  );
}
