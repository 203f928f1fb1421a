import { type FormEvent, useLayoutEffect, useRef } from 'react';
import { useServerInfo } from '../server/serverInfo';
import { useStore } from '../server/store';
import { pageUrl } from '../server/urls';
import { DemoUserButtons } from './DemoUsers';
import { closeSignIn, type SignInRequest, signInRequest } from './signInRequest';
import { useSignIn } from './useSignIn';

/** The dialog to sign in. It is open while there is a request for it. */
export function SignInDialog() {
  const request = useStore(signInRequest);
  return request && <Dialog request={request} />;
}

function Dialog({ request }: { request: SignInRequest }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close(); // returns the focus to where it was
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="sign-in-title" onClose={() => closeSignIn(false)}>
      <h2 id="sign-in-title">Sign in</h2>
      {request.reason && <p>{request.reason}</p>}
      <SignInForm onSignedIn={() => closeSignIn(true)} onCancel={() => closeSignIn(false)} />
      <DemoUserButtons onSignedIn={() => closeSignIn(true)} />
    </dialog>
  );
}

/** The form for email address and password. The password is neither stored nor part of a query. */
export function SignInForm({ onSignedIn, onCancel }: { onSignedIn: () => void; onCancel?: () => void }) {
  const { error, isBusy, attempt } = useSignIn(onSignedIn);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    void attempt(String(values.get('email')), String(values.get('password')));
  };
  return (
    <form onSubmit={submit}>
      <label>
        Email address
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <p role="alert" className="error">
        {error}
      </p>
      <div className="actions">
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
      <ForgotPassword />
    </form>
  );
}

function ForgotPassword() {
  if (!useServerInfo()?.pages) return null;
  return (
    <p>
      <a href={pageUrl('reset-password')}>Forgot your password?</a>
    </p>
  );
}
