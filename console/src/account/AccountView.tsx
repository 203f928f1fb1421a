import './account.css';

import { useSession } from '../session/session';
import { PasskeysPanel } from './PasskeysPanel';

/** The account of the signed-in user. */
export default function AccountView() {
  const session = useSession();
  return (
    <section className="account" aria-labelledby="account-title">
      <h1 id="account-title">Account</h1>
      {session ? (
        <>
          <p className="muted">
            {session.user.name} ({session.user.email})
          </p>
          <PasskeysPanel key={session.user.id} />
        </>
      ) : (
        <p>Sign in to see your account.</p>
      )}
    </section>
  );
}
