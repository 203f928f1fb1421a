import { type DemoUser, useServerInfo } from '../server/serverInfo';
import { useSession } from './session';
import { useSignIn } from './useSignIn';

/** A button for each user of the demo data, to sign in with one click. Empty on servers without demo data. */
export function DemoUserButtons({ onSignedIn }: { onSignedIn: () => void }) {
  const users = useDemoUsers();
  const { failure, isBusy, attempt } = useSignIn(onSignedIn);
  if (users.length === 0) return null;
  return (
    <fieldset className="demo-users" disabled={isBusy}>
      <legend>Or sign in to the demo as</legend>
      {users.map(({ label, name, email, password }) => (
        <button key={email} type="button" title={email} onClick={() => void attempt(email, password)}>
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
    if (user) void attempt(user.email, user.password);
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
