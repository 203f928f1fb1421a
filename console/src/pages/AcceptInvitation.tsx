import { useState } from 'react';
import { PasswordlessSignIn } from '../session/PasswordlessSignIn';
import { SignOutButton } from '../session/SessionControls';
import { SignInForm } from '../session/SignIn';
import { type Session, startSession, useSession, useSessionStatus } from '../session/session';
import { storeTenant } from '../session/tenant';
import { useLinkToken } from './linkToken';
import { openConsole, PageShell } from './PageShell';
import { RegisterForm } from './RegisterForm';
import { ErrorText } from './ResetPassword';
import { useSubmit } from './useSubmit';

const ACCEPT = `mutation AcceptInvitation($token: String!) {
  payload: acceptInvitation(token: $token) {
    membership { role tenant { slug name } }
    userErrors { code field message }
  }
}`;

interface Accepted {
  membership: { role: string; tenant: { slug: string; name: string } | null } | null;
}

startSession();

/** Accepts an invitation with the token of an email, as the user of the address that received it. */
export default function AcceptInvitation() {
  const token = useLinkToken();
  const status = useSessionStatus();
  const session = useSession();
  return (
    <PageShell title="Accept the invitation">
      {token === null && <p role="alert">This address contains no token. Open the link in the email again.</p>}
      {token !== null && status === 'loading' && <p role="status">Loading…</p>}
      {token !== null && status === 'signedOut' && <Identify token={token} />}
      {token !== null && session && <Accept key={`${token} ${session.user.id}`} token={token} session={session} />}
    </PageShell>
  );
}

function Identify({ token }: { token: string }) {
  const [isNew, setNew] = useState(false);
  return (
    <>
      <p>
        {isNew
          ? 'Create an account with the address that received the invitation.'
          : 'Sign in with the address that received the invitation.'}
      </p>
      {isNew ? <RegisterForm /> : <SignInForm onSignedIn={() => undefined} />}
      <PasswordlessSignIn onSignedIn={() => undefined} invitationToken={token} />
      <button type="button" className="switch" onClick={() => setNew(!isNew)}>
        {isNew ? 'I have an account' : 'I have no account yet'}
      </button>
    </>
  );
}

function Accept({ token, session }: { token: string; session: Session }) {
  const { answer, isBusy, submit } = useSubmit<Accepted>();
  const accept = async () => {
    const { payload } = await submit({ query: ACCEPT, variables: { token } });
    const tenant = payload?.membership?.tenant;
    if (!tenant) return;
    storeTenant(tenant.slug);
    openConsole();
  };
  const isRefused = answer !== null && answer.codes.length > 0;
  return (
    <>
      <p>
        You are signed in as {session.user.name} ({session.user.email}).
      </p>
      {isRefused && <Refused email={session.user.email} />}
      <ErrorText text={answer?.error} />
      <div className="actions">
        <button type="button" className="primary" disabled={isBusy} onClick={() => void accept()}>
          {isBusy ? 'Accepting…' : 'Accept'}
        </button>
        <SignOutButton label="Use another account" />
      </div>
    </>
  );
}

function Refused({ email }: { email: string }) {
  return (
    <p role="alert">
      The invitation cannot be accepted. It has expired, was revoked, renewed or used, or it was sent to another address
      than {email}. Use the account with the right address, or ask for another invitation.
    </p>
  );
}
