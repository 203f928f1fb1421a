import { useState } from 'react';
import { useStore } from '../server/store';
import { DemoUserSelect } from './DemoUsers';
import { ImpersonateButton, ImpersonationNotice } from './Impersonate';
import { type Session, selectTenant, signOut, useSession, useSessionStatus } from './session';
import { openSignIn } from './signInRequest';
import { impersonation } from './state';

/** The part of the bar about the session: tenant, user and role, or the button to sign in. */
export function SessionControls() {
  const session = useSession();
  const status = useSessionStatus();
  return (
    <div className="session" aria-busy={status === 'loading'}>
      {session && <TenantSelect session={session} />}
      {session && <CurrentUser session={session} />}
      <ImpersonationNotice />
      {session?.user.isSuperuser && <ImpersonateButton />}
      <DemoUserSelect />
      {session ? <SignOutButton /> : <SignInButton />}
    </div>
  );
}

function TenantSelect({ session }: { session: Session }) {
  if (!session.tenant) return <span className="muted">No tenant</span>;
  return (
    <select aria-label="Tenant" value={session.tenant.slug} onChange={event => selectTenant(event.target.value)}>
      {session.tenants.map(({ slug, name }) => (
        <option key={slug} value={slug}>
          {name}
        </option>
      ))}
    </select>
  );
}

function CurrentUser({ session: { user, role } }: { session: Session }) {
  const isActing = useStore(impersonation) !== null;
  const roles = [role?.toLowerCase(), user.isSuperuser && 'superuser'].filter(Boolean).join(', ');
  return (
    <span className="user" title={user.email} data-testid="user">
      {isActing && 'as '}
      <strong>{user.name}</strong> {roles && <span className="muted">{roles}</span>}
    </span>
  );
}

function SignInButton() {
  return (
    <button type="button" className="primary" onClick={() => void openSignIn()}>
      Sign in
    </button>
  );
}

/** A button to sign out, and the error if that failed. */
export function SignOutButton({ label = 'Sign out' }: { label?: string }) {
  const [error, setError] = useState<string | null>(null);
  const end = () => signOut().then(() => setError(null), showError);
  const showError = (reason: Error) => setError(reason.message);
  return (
    <>
      <button type="button" onClick={() => void end()}>
        {label}
      </button>
      {error && <span role="alert">{error}</span>}
    </>
  );
}
