import { createStore, type Store } from '../../server/store';
import { confirmIdentity } from '../confirmation';
import { type Failure, isAboutCode } from '../operations';
import { createPrompt } from '../prompt';
import { refreshNow } from '../refresh';
import { signInWithIssuer } from '../session';
import {
  discardAuthorization,
  exchangeCode,
  type Purpose,
  type Returned,
  type Target,
  takeReturned,
} from './authorization';

/** An ID token, which is in memory only, and what it is for. */
export interface IssuerProof {
  purpose: Purpose;
  idToken: string;
  nonce: string;
  target: Target;
}

/** How far the authorization is that the issuer has sent back. */
export type Step =
  | { kind: 'working' }
  | { kind: 'code'; proof: IssuerProof; failure: Failure }
  | { kind: 'confirmed' }
  | { kind: 'failed'; message: string };

/** The dialog that shows the current step. */
export const issuerPrompt = createPrompt();

/** The current step. */
export const step: Store<Step> = createStore<Step>({ kind: 'working' });

/** Continue the authorization that the console was opened with, if there is one. Call it once, when the page loads. */
export function continueAuthorization(): void {
  const returned = takeReturned();
  discardAuthorization();
  if (!returned) return;
  step.set({ kind: 'working' });
  void issuerPrompt.open();
  void redeem(returned).catch(fail);
}

/** Send the ID token to the server, with a code of the second factor once the server has asked for it. */
export async function present(proof: IssuerProof, code?: string): Promise<void> {
  const { purpose, idToken, nonce, target } = proof;
  const values = { idToken, nonce, ...(code && { code }) };
  const { page, ...invitation } = target;
  const failure = await (purpose === 'signIn'
    ? signInWithIssuer({ ...values, ...invitation })
    : confirmIdentity(values));
  if (failure && isAboutCode(failure)) step.set({ kind: 'code', proof, failure });
  else if (failure) step.set({ kind: 'failed', message: failure.message });
  else if (purpose === 'confirm') step.set({ kind: 'confirmed' });
  else {
    issuerPrompt.close(true);
    if (page) location.assign(page);
  }
}

/** Show why it failed. */
export function fail(reason: Error): void {
  step.set({ kind: 'failed', message: reason.message });
}

async function redeem(returned: Returned): Promise<void> {
  if ('problem' in returned) return fail(new Error(returned.problem));
  const { authorization, code } = returned;
  const idToken = await exchangeCode(authorization, code);
  await refreshNow().catch(() => false); // else its answer could replace the cookie of the new session
  await present({ purpose: authorization.purpose, idToken, nonce: authorization.nonce, target: authorization.target });
}
