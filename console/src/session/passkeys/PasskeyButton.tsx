import { useServerInfo } from '../../server/serverInfo';
import type { Failure } from '../operations';
import { useAttempt, useIsSigningIn, useSignIn } from '../useSignIn';

interface PasskeyButtonProps {
  purpose: 'signIn' | 'confirm';
  onSuccess: () => void;
}

/** Whether this browser can read the options of the server, and the server has passkeys. */
export function usePasskeysAvailable(): boolean {
  const isOffered = useServerInfo()?.passkeys ?? false;
  return isOffered && 'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/** A button to sign in, or to confirm the identity, with a passkey. Empty where there are none. */
export function PasskeyButton({ purpose, onSuccess }: PasskeyButtonProps) {
  if (!usePasskeysAvailable()) return null;
  return purpose === 'signIn' ? <SignInButton onSuccess={onSuccess} /> : <ConfirmButton onSuccess={onSuccess} />;
}

function SignInButton({ onSuccess }: { onSuccess: () => void }) {
  const { failure, attempt } = useSignIn(onSuccess);
  return (
    <ButtonWithFailure
      label="Sign in with a passkey"
      isDisabled={useIsSigningIn()}
      press={() => void attempt(signIn)}
      failure={failure}
    />
  );
}

function ConfirmButton({ onSuccess }: { onSuccess: () => void }) {
  const { failure, isBusy, attempt } = useAttempt(confirm, onSuccess);
  return (
    <ButtonWithFailure
      label="Confirm with a passkey"
      isDisabled={isBusy}
      press={() => void attempt()}
      failure={failure}
    />
  );
}

interface ButtonWithFailureProps {
  label: string;
  isDisabled: boolean;
  press: () => void;
  failure: Failure | null;
}

function ButtonWithFailure({ label, isDisabled, press, failure }: ButtonWithFailureProps) {
  return (
    <div className="passkey">
      <button type="button" disabled={isDisabled} onClick={press}>
        {label}
      </button>
      {failure && (
        <p role="alert" className="error">
          {failure.message}
        </p>
      )}
    </div>
  );
}

// What the buttons do is loaded when one is pressed.
async function signIn(): Promise<Failure | null> {
  return (await import('./passkeys')).signInWithPasskey();
}

async function confirm(): Promise<Failure | null> {
  return (await import('./passkeys')).confirmWithPasskey();
}
