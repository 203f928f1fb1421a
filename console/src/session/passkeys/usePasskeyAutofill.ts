import { useEffect, useEffectEvent, useState } from 'react';
import { useStore } from '../../server/store';
import type { Failure } from '../operations';
import { runningAttempts, useAttempt } from '../useSignIn';
import { usePasskeysAvailable } from './PasskeyButton';

const MAX_AGE_MS = 4 * 60_000; // the challenge is valid for five minutes

/**
 * Offer the passkeys of the person in the autofill of the email field (conditional mediation), except while another attempt to
 * sign in runs. Returns why the last one was refused, and what to call when the field gets the focus.
 */
export function usePasskeyAutofill(onSignedIn: () => void): { failure: Failure | null; onFocus: () => void } {
  const isOffered = usePasskeysAvailable();
  const isPaused = useStore(runningAttempts) > 0;
  const [begunAt, setBegunAt] = useState(Date.now);
  const { failure, attempt } = useAttempt(signIn, onSignedIn);
  const finish = useEffectEvent((credential: object | null) => credential && void attempt(credential));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new value of `begunAt` begins again, with a new challenge
  useEffect(() => {
    if (!isOffered || isPaused) return undefined;
    const controller = new AbortController();
    void choose(controller.signal).then(finish, () => undefined);
    return () => controller.abort();
  }, [isOffered, isPaused, begunAt]);
  const onFocus = () => {
    if (Date.now() - begunAt > MAX_AGE_MS) setBegunAt(Date.now());
  };
  return { failure, onFocus };
}

async function choose(signal: AbortSignal): Promise<object | null> {
  return (await import('./passkeys')).choosePasskey(signal);
}

async function signIn(credential: object): Promise<Failure | null> {
  return (await import('./passkeys')).signInWithAnswer(credential);
}
