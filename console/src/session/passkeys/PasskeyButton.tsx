import { useServerInfo } from '../../server/serverInfo';
import type { Failure } from '../operations';
import { useAttempt } from '../useSignIn';

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
  const isAvailable = usePasskeysAvailable();
  const { failure, isBusy, attempt } = useAttempt(purpose === 'signIn' ? signIn : confirm, onSuccess);
  if (!isAvailable) return null;
  return (
    <div className="passkey">
      <button type="button" disabled={isBusy} onClick={() => void attempt()}>
        {purpose === 'signIn' ? 'Sign in with a passkey' : 'Confirm with a passkey'}
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
