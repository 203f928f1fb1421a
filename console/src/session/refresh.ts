import { send } from '../server/send';
import { isUnauthenticated } from '../server/types';
import { REFRESH, type TokenPayload, withTenant } from './operations';
import { readPayload } from './readPayload';
import { type Impersonation, impersonation, type Session, session, status, type Token, token } from './state';
import { storeTenant, tenantSlug } from './tenant';

const LOCK = 'allotment:refresh';
const MARGIN_MS = 60_000; // refresh this long before the token expires
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

let timer: ReturnType<typeof setTimeout> | undefined;
let inFlight: Promise<boolean> | null = null;
let changes = 0; // counts sign-ins and sign-outs, so that a refresh that was started before them is ignored

/** The access token; null if no user is signed in. */
export function accessToken(): string | null {
  return token.get()?.value ?? null;
}

/** Start the session that the server confirmed, and refresh it shortly before its token expires. If a superuser acts as its
 * user, the refresh continues the superuser's own session, when the token has expired. */
export function beginSession(next: { session: Session; token: Token }, as: Impersonation | null = null): void {
  changes += 1;
  impersonation.set(as);
  const current = session.get();
  const isSameUser = current?.user.id === next.session.user.id;
  const chosen = isSameUser ? withTenant(next.session, tenantSlug.get()) : next.session;
  token.set(next.token);
  storeTenant(chosen.tenant?.slug ?? null);
  session.set(chosen);
  status.set('signedIn');
  schedule(next.token);
}

/** Forget the session in this tab. */
export function endSession(): void {
  changes += 1;
  clearTimeout(timer);
  token.set(null);
  impersonation.set(null);
  storeTenant(null);
  session.set(null);
  status.set('signedOut');
}

/** Refresh the session if its token has expired or is about to. */
export async function refreshIfExpired(): Promise<void> {
  const current = token.get();
  if (current && current.expiresAt - Date.now() < 1_000) await refreshNow();
}

/** Refresh the session with the cookie. Returns whether there is a session; throws ConnectionError when offline. */
export function refreshNow(): Promise<boolean> {
  inFlight ??= inTurn(refresh).finally(() => {
    inFlight = null;
  });
  return inFlight;
}

// One tab after the other, so that each sends the newest cookie. Without the lock (in an insecure context) the server
// accepts simultaneous refreshes, too.
function inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
  return navigator.locks ? (navigator.locks.request(LOCK, task) as Promise<Result>) : task();
}

async function refresh(): Promise<boolean> {
  const before = changes;
  const { body } = await send<{ payload: TokenPayload | null }>({ query: REFRESH });
  const next = await readPayload(body);
  if (before !== changes) return token.get() !== null;
  if (next) beginSession(next);
  else if (isUnauthenticated(body) || body.data?.payload) endSession();
  else if (status.get() === 'loading') status.set('signedOut'); // the server failed: keep a token that is still valid
  return next !== null;
}

function schedule({ expiresAt }: Token): void {
  clearTimeout(timer);
  const remaining = expiresAt - Date.now();
  const delay = impersonation.get() ? remaining : Math.max(remaining - MARGIN_MS, remaining / 2, 1_000);
  timer = setTimeout(() => void refreshNow().catch(() => undefined), Math.min(delay, MAX_TIMEOUT_MS));
}
