import { type FormEvent, useState } from 'react';
import { useServerInfo } from '../server/serverInfo';
import { pageUrl } from '../server/urls';
import { CodeField } from './CodeField';
import { DemoUserButtons } from './DemoUsers';
import { isAboutCode } from './operations';
import { PasswordlessSignIn } from './PasswordlessSignIn';
import { PromptDialog } from './PromptDialog';
import { usePasskeyAutofill } from './passkeys/usePasskeyAutofill';
import { signIn } from './session';
import { signInPrompt } from './signInRequest';
import { useIsSigningIn, useSignIn } from './useSignIn';

/** The dialog to sign in. */
export function SignInDialog() {
  const succeed = () => signInPrompt.close(true);
  return (
    <PromptDialog prompt={signInPrompt} title="Sign in">
      <SignInForm onSignedIn={succeed} onCancel={() => signInPrompt.close(false)} />
      <PasswordlessSignIn onSignedIn={succeed} />
      <DemoUserButtons onSignedIn={succeed} />
    </PromptDialog>
  );
}

/**
 * The form for email address and password, and for a code once the server has asked for it. They are neither stored nor part
 * of a query.
 */
export function SignInForm({ onSignedIn, onCancel }: { onSignedIn: () => void; onCancel?: () => void }) {
  const { failure, attempt } = useSignIn(onSignedIn);
  const isSigningIn = useIsSigningIn();
  const onFocus = usePasskeyAutofill(action => void attempt(action));
  const [needsCode, setNeedsCode] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const [email = '', password = '', code = ''] = ['email', 'password', 'code'].map(name =>
      String(values.get(name) ?? ''),
    );
    if (isAboutCode(await attempt(() => signIn(email, password, code)))) setNeedsCode(true);
  };
  return (
    <form onSubmit={event => void submit(event)}>
      <label>
        Email address
        <input
          name="email"
          type="email"
          autoComplete="username webauthn"
          required
          onFocus={onFocus}
          onChange={() => setNeedsCode(false)}
        />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      {needsCode && <CodeField failure={failure} />}
      <p role="alert" className="error">
        {!isAboutCode(failure) && failure?.message}
      </p>
      <div className="actions">
        <button type="submit" className="primary" disabled={isSigningIn}>
          {isSigningIn ? 'Signing in…' : 'Sign in'}
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
