import { createStore, type Store } from '../server/store';

/** A tenant that the user may select. */
export interface TenantChoice {
  slug: string;
  name: string;
  role: string | null;
}

/** The signed-in user, and the tenant that their operations act in. */
export interface Session {
  user: { id: string; name: string; email: string; isSuperuser: boolean };
  tenant: TenantChoice | null;
  tenants: TenantChoice[];
  role: string | null;
}

/** The access token, and when it expires in milliseconds since the epoch. */
export interface Token {
  value: string;
  expiresAt: number;
}

/** "loading" until the first refresh was answered. */
export type SessionStatus = 'loading' | 'signedOut' | 'signedIn';

/** The access token. It is in memory only: it must not be in any storage. */
export const token: Store<Token | null> = createStore<Token | null>(null);

/** The session of this tab. */
export const session: Store<Session | null> = createStore<Session | null>(null);

/** Whether the tab has a session. */
export const status: Store<SessionStatus> = createStore<SessionStatus>('loading');
