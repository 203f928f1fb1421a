import { type DemoUser, useServerInfo } from '../server/serverInfo';
import { signIn, useSession } from './session';
import { useIsSigningIn, useSignIn } from './useSignIn';

/** A button for each user of the demo data, to sign in with one click. Empty on servers without demo data. */
export function DemoUserButtons({ onSignedIn }: { onSignedIn: () => void }) {
  const users = useDemoUsers();
  const { failure, attempt } = useSignIn(onSignedIn);
  const isSigningIn = useIsSigningIn();
  if (users.length === 0) return null;
  return (
    <fieldset className="demo-users" disabled={isSigningIn}>
      <legend>Or sign in to the demo as</legend>
      {users.map(({ label, name, email, password }) => (
        <button key={email} type="button" title={email} onClick={() => void attempt(() => signIn(email, password))}>
          {name} <span className="muted">{label}</span>
        </button>
      ))}
      {failure && (
        <p role="alert" className="error">
          {failure.message}
        </p>
      )}
    </fieldset>
  );
}

/** A list in the bar to change the demo user. */
export function DemoUserSelect() {
  const users = useDemoUsers();
  const session = useSession();
  const { failure, isBusy, attempt } = useSignIn(() => undefined);
  if (users.length === 0) return null;
  const select = (email: string) => {
    const user = users.find(candidate => candidate.email === email);
    if (user) void attempt(() => signIn(user.email, user.password));
  };
  const others = users.filter(({ email }) => email !== session?.user.email); // the bar shows the name of the current user
  return (
    <>
      <select aria-label="Demo user" value="" disabled={isBusy} onChange={event => select(event.target.value)}>
        <option value="">Demo user…</option>
        {others.map(({ label, name, email }) => (
          <option key={email} value={email}>
            {name} ({label})
          </option>
        ))}
      </select>
      {failure && <span role="alert">{failure.message}</span>}
    </>
  );
}

function useDemoUsers(): DemoUser[] {
  return useServerInfo()?.demo?.users ?? [];
}
