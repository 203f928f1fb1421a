import { PasswordlessSignIn } from '../session/PasswordlessSignIn';
import { SignOutButton } from '../session/SessionControls';
import { SignInForm } from '../session/SignIn';
import { type Session, startSession, useSession, useSessionStatus } from '../session/session';
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

/** Confirms the address of the signed-in user with the token of an email. Loading the link alone confirms nothing. */
export default function VerifyEmail() {
  const token = useLinkToken();
  const status = useSessionStatus();
  const session = useSession();
  return (
    <PageShell title="Confirm your email address">
      {token === null && <RequestAnother reason="This address contains no token. Open the link in the email again." />}
      {token !== null && status === 'loading' && <p role="status">Loading…</p>}
      {token !== null && status === 'signedOut' && <Identify />}
      {token !== null && session && <Confirm key={`${token} ${session.user.id}`} token={token} session={session} />}
    </PageShell>
  );
}

function Identify() {
  return (
    <>
      <p>Sign in with the account whose address you confirm.</p>
      <SignInFields />
      <p>
        If you have no account here, someone else has entered your address: do not confirm it. To make the account
        yours, set a new password.
      </p>
    </>
  );
}

function SignInFields() {
  return (
    <>
      <SignInForm onSignedIn={() => undefined} />
      <PasswordlessSignIn onSignedIn={() => undefined} page={location.pathname} />
    </>
  );
}

function Confirm({ token, session }: { token: string; session: Session }) {
  const { answer, isBusy, submit } = useSubmit<{ user: { email: string } | null }>();
  if (answer && isDone(answer)) {
    return <p role="status">{answer.payload?.user?.email ?? 'The address'} is confirmed.</p>;
  }
  if (answer?.error === null) {
    return <RequestAnother reason={Object.values(answer.fields).join(' ')} />;
  }
  return (
    <>
      <p>
        You are signed in as {session.user.name} ({session.user.email}).
      </p>
      <ErrorText text={answer?.error} />
      <div className="actions">
        <button
          type="button"
          className="primary"
          disabled={isBusy}
          onClick={() => void submit({ query: VERIFY, variables: { input: { token } } })}
        >
          {isBusy ? 'Confirming…' : 'Confirm'}
        </button>
        <SignOutButton label="Use another account" />
      </div>
    </>
  );
}

function RequestAnother({ reason }: { reason: string }) {
  const session = useSession();
  const { answer, isBusy, submit } = useSubmit<{ done: boolean }>();
  if (answer && isDone(answer)) {
    if (!answer.payload?.done) {
      return <p role="status">The address {session?.user.email} is confirmed already.</p>;
    }
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
        <div className="actions">
          <button type="button" className="primary" disabled={isBusy} onClick={() => void submit({ query: REQUEST })}>
            Send another email to {session.user.email}
          </button>
          <SignOutButton label="Use another account" />
        </div>
      ) : (
        <SignInFields />
      )}
    </>
  );
}
