import { useState } from 'react';
import { createStore, type Store } from '../server/store';
import type { Failure } from './operations';
import { signIn } from './session';

/** Sign in, with a code if there is a second factor, and remember why the last attempt failed. */
export function useSignIn(onSignedIn: () => void) {
  return useAttempt(signIn, onSignedIn);
}

/** How many attempts run. */
export const runningAttempts: Store<number> = createStore(0);

/** Run something that may fail, and remember why the last attempt failed. */
export function useAttempt<Values extends unknown[]>(
  action: (...values: Values) => Promise<Failure | null>,
  onSuccess: () => void,
) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const attempt = async (...values: Values): Promise<Failure | null> => {
    setBusy(true);
    setFailure(null);
    runningAttempts.set(runningAttempts.get() + 1);
    const next = await action(...values).catch((reason: Error) => ({ code: null, message: reason.message }));
    runningAttempts.set(runningAttempts.get() - 1);
    setBusy(false);
    setFailure(next);
    if (next === null) onSuccess();
    return next;
  };
  return { failure, isBusy, attempt };
}
