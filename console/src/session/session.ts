import { onReconnect } from '../server/connection';
import { send } from '../server/send';
import { useStore } from '../server/store';
import { errorMessage, readPayload, SIGN_IN, SIGN_OUT, type TokenPayload, withTenant } from './operations';
import { accessToken, beginSession, endSession, refreshIfExpired, refreshNow } from './refresh';
import { type Session, type SessionStatus, session, status } from './state';
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
 * Sign in, and end the session that there is. Returns null on success, or else the reason why it failed. Throws
 * ConnectionError when offline.
 */
export async function signIn(email: string, password: string): Promise<string | null> {
  if (accessToken()) await signOut();
  const variables = { email, password };
  const { body } = await send<{ payload: TokenPayload | null }>({ query: SIGN_IN, variables });
  const next = readPayload(body);
  if (!next) return errorMessage(body);
  beginSession(next);
  notifyTabs('signedIn');
  return null;
}

/** End the session here, in all tabs and on the server. Throws ConnectionError when offline, because the cookie remains. */
export async function signOut(): Promise<void> {
  const token = accessToken();
  await send({ query: SIGN_OUT }, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
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

function resume(): void {
  void refreshNow().catch(() => undefined); // offline: called again after the reconnection
}
