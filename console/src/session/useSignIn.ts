import { useState } from 'react';
import { signIn } from './session';

/** Sign in and remember the error of the last attempt. */
export function useSignIn(onSignedIn: () => void) {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const attempt = async (email: string, password: string) => {
    setBusy(true);
    setError(null);
    const failure = await signIn(email, password).catch((reason: Error) => reason.message);
    setBusy(false);
    setError(failure);
    if (failure === null) onSignedIn();
  };
  return { error, isBusy, attempt };
}
