import { useState } from 'react';
import { createStore, type Store, useStore } from '../server/store';
import type { Failure } from './operations';

type Action = () => Promise<Failure | null>;

// How many attempts to sign in run.
const runningSignIns: Store<number> = createStore(0);

/** Whether any attempt to sign in runs, during which no other one can begin. */
export function useIsSigningIn(): boolean {
  return useStore(runningSignIns) > 0;
}

/** Attempt to sign in, in one of several ways, and remember why the last attempt failed. */
export function useSignIn(onSignedIn: () => void) {
  return useAttempt((action: Action) => action(), onSignedIn, runningSignIns);
}

/** Run something that may fail, and remember why the last attempt failed. `running` counts what runs. */
export function useAttempt<Values extends unknown[]>(
  action: (...values: Values) => Promise<Failure | null>,
  onSuccess: () => void,
  running?: Store<number>,
) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const attempt = async (...values: Values): Promise<Failure | null> => {
    setBusy(true);
    setFailure(null);
    running?.set(running.get() + 1);
    const next = await action(...values).catch((reason: Error) => ({ code: null, message: reason.message }));
    running?.set(running.get() - 1);
    setBusy(false);
    setFailure(next);
    if (next === null) onSuccess();
    return next;
  };
  return { failure, isBusy, attempt };
}
