import { useSyncExternalStore } from 'react';

import { currentSession, signOut, subscribe } from './session.js';

export function SessionStatus() {
  const session = useSyncExternalStore(subscribe, currentSession);
  return (
    <span className="session" role="status">
      {session ? <SignedIn email={session.email} /> : 'Not signed in'}
    </span>
  );
}

function SignedIn({ email }) {
  return (
    <>
      Signed in{email && <> as <strong>{email}</strong></>} ·{' '}
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </>
  );
}
