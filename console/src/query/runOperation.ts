import { sendConfirmed } from '../session/confirmation';
import { accessToken, refreshNow } from '../session/refresh';
import {
  hasToken,
  isUnauthenticated,
  type Operation,
  type Outcome,
  type RequestOptions,
  run,
} from '../session/request';
import { openSignIn } from '../session/signInRequest';
import { status } from '../session/state';

const REASON = 'This operation requires a signed-in user. It runs as soon as you are signed in.';

/**
 * Run an operation of the query view. If it requires a user or a confirmation of the identity, offer to sign in or to
 * confirm it, and then run it again.
 */
export async function runOperation(operation: Operation, options: RequestOptions = {}): Promise<Outcome> {
  await settleSession();
  const runConfirmed = () => sendConfirmed(() => run(operation, options), options);
  const outcome = await runConfirmed();
  if (!isUnauthenticated(outcome.body) || accessToken() || hasToken(options.headers)) return outcome;
  return (await openSignIn(REASON)) ? runConfirmed() : outcome;
}

/** Offer to sign in for an operation that requires a user. Resolves to whether there is a session. */
export async function offerSignIn(): Promise<boolean> {
  await settleSession();
  return accessToken() !== null || openSignIn(REASON);
}

// Directly after the page was loaded, it is not known yet whether there is a session.
async function settleSession(): Promise<void> {
  if (status.get() === 'loading') await refreshNow().catch(() => undefined);
}
