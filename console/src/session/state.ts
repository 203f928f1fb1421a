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

/** As whom this tab acts, and the superuser who does so. */
export interface Impersonation {
  /** The name of the superuser. */
  by: string;
  /** The access token of the superuser's own session, which continues. */
  ownToken: string;
  /** When it ends at the latest, in milliseconds since the epoch. */
  expiresAt: number;
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

/** Set while a superuser acts as the user of the session, in this tab only. */
export const impersonation: Store<Impersonation | null> = createStore<Impersonation | null>(null);

/** Why an operation was not sent. */
export const IMPERSONATION_ENDED = 'The impersonation has ended, so nothing was sent. From now on you act in person.';

/** Whether the tab has a session. */
export const status: Store<SessionStatus> = createStore<SessionStatus>('loading');
