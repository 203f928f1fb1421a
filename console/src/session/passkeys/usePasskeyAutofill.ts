import { useEffect, useEffectEvent, useState } from 'react';
import type { Failure } from '../operations';
import { useIsSigningIn } from '../useSignIn';
import { usePasskeysAvailable } from './PasskeyButton';

const MAX_AGE_MS = 4 * 60_000; // the challenge is valid for five minutes

/**
 * Offer the passkeys of the person in the autofill of the email field (conditional mediation), except while an attempt to sign in
 * runs. `attempt` runs what signs in with the chosen one. Returns what to call when the field gets the focus.
 */
export function usePasskeyAutofill(attempt: (action: () => Promise<Failure | null>) => void): () => void {
  const isOffered = usePasskeysAvailable();
  const isPaused = useIsSigningIn();
  const [begunAt, setBegunAt] = useState(Date.now);
  const finish = useEffectEvent((credential: object | null) => credential && attempt(() => signIn(credential)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new value of `begunAt` begins again, with a new challenge
  useEffect(() => {
    if (!isOffered || isPaused) return undefined;
    const controller = new AbortController();
    void choose(controller.signal).then(finish, () => undefined);
    return () => controller.abort();
  }, [isOffered, isPaused, begunAt]);
  return () => {
    if (Date.now() - begunAt > MAX_AGE_MS) setBegunAt(Date.now());
  };
}

async function choose(signal: AbortSignal): Promise<object | null> {
  return (await import('./passkeys')).choosePasskey(signal);
}

async function signIn(credential: object): Promise<Failure | null> {
  return (await import('./passkeys')).signInWithAnswer(credential);
}
