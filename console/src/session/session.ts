import { onReconnect } from '../server/connection';
import { send } from '../server/send';
import { useStore } from '../server/store';
import { isUnauthenticated, type Operation, type RequestOptions } from '../server/types';
import {
  type DoneData,
  type Failure,
  readFailure,
  SIGN_IN,
  SIGN_IN_WITH_ISSUER,
  SIGN_OUT,
  type TokenPayload,
  withTenant,
} from './operations';
import { readPayload } from './readPayload';
import { accessToken, beginSession, endSession, refreshIfExpired, refreshNow } from './refresh';
import { impersonation, type Session, type SessionStatus, session, status } from './state';
import { notifyTabs, onTabMessage } from './tabs';
import { storeTenant } from './tenant';

export type { Session, SessionStatus, TenantChoice } from './state';

/** The session of this tab; null if no user is signed in. */
export function useSession(): Session | null {
  return useStore(session);
}

/** Whether there is a session; "loading" until the server has answered the first time. */
export function useSessionStatus(): SessionStatus {
  return useStore(status);
}

/** Continue the session of the cookie, if there is one, and follow the other tabs. Call it once, when the page loads. */
export function startSession(): void {
  resume();
  onReconnect(resume);
  onTabMessage(message => (message === 'signedOut' ? endSession() : resume()));
  document.addEventListener('visibilitychange', () => {
    // A timer does not run while the machine sleeps.
    if (document.visibilityState === 'visible') void refreshIfExpired().catch(() => undefined);
  });
}

/**
 * Sign in, and then end the former session on the server. Returns null on success, or else the reason why it failed, such as a
 * missing code of the second factor; the former session continues then. Throws ConnectionError when offline.
 */
export function signIn(email: string, password: string, code?: string): Promise<Failure | null> {
  return replaceSession({ query: SIGN_IN, variables: { email, password, ...(code && { code }) } });
}

/** Sign in with an ID token, as `signIn` does. With an invitation, its tenant is selected. */
export function signInWithIssuer(values: {
  idToken: string;
  nonce: string;
  code?: string;
  invitationToken?: string;
}): Promise<Failure | null> {
  const input = { ...values, refreshTokenIn: 'COOKIE' };
  return replaceSession({ query: SIGN_IN_WITH_ISSUER, variables: { input } });
}

/** Sign in with an operation whose payload is that of `login`, as `signIn` does. */
export async function replaceSession(operation: Operation): Promise<Failure | null> {
  const former = impersonation.get()?.ownToken ?? accessToken();
  const { body } = await send<{ payload: TokenPayload | null }>(operation);
  const next = await readPayload(body);
  if (!next) return readFailure(body);
  beginSession(next);
  const joined = body.data?.payload?.membership?.tenant;
  if (joined) selectTenant(joined.slug);
  notifyTabs('signedIn');
  // Without the cookie, which is that of the new session. If it fails, the former session ends when it expires.
  if (former) await sendSignOut(former, { credentials: 'omit' }).catch(() => undefined);
  return null;
}

/**
 * End the session here, in all tabs and on the server. Throws an error if the server refuses or cannot be reached, because
 * the session and its cookie remain.
 */
export async function signOut(): Promise<void> {
  await sendSignOut(accessToken());
  endSession();
  notifyTabs('signedOut');
}

/** Select the tenant that the operations of this tab act in. */
export function selectTenant(slug: string): void {
  const current = session.get();
  if (!current?.tenants.some(tenant => tenant.slug === slug)) return;
  storeTenant(slug);
  session.set(withTenant(current, slug));
}

// A session that the server does not know has ended already.
async function sendSignOut(token: string | null, options: RequestOptions = {}): Promise<void> {
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  const { body } = await send<DoneData>({ query: SIGN_OUT }, { ...options, headers });
  if (!body.data?.payload?.done && !isUnauthenticated(body)) throw new Error(readFailure(body).message);
}

function resume(): void {
  if (impersonation.get()) return; // the cookie is that of the superuser's own session, which continues later
  void refreshNow().catch(() => undefined); // offline: called again after the reconnection
}
