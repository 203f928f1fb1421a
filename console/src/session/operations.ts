import type { Body, UserError } from '../server/types';
import type { Session } from './state';

const MEMBERSHIPS = `orderBy: [{ field: ID, direction: ASC }]) {
      nodes { role tenant { slug name } } pageInfo { hasNextPage endCursor }
    }`;
const PAYLOAD = `
  accessToken
  expiresAt
  user {
    id
    fullName
    email
    status { isSuperuser }
    memberships(first: 100, ${MEMBERSHIPS}
  }
  userErrors { code message }`;

/** Sign in. The refresh token is set as a cookie that scripts cannot read. */
export const SIGN_IN = `mutation ConsoleSignIn($email: String!, $password: String!, $code: String) {
  payload: login(input: { email: $email, password: $password, code: $code, refreshTokenIn: COOKIE }) {${PAYLOAD}
  }
}`;

/** Sign in with an ID token. */
export const SIGN_IN_WITH_ISSUER = `mutation ConsoleSignInWithIssuer($input: LoginWithIssuerInput!) {
  payload: loginWithIssuer(input: $input) {
    membership { role tenant { slug name } }${PAYLOAD}
  }
}`;

/** Sign in with the answer of a passkey. */
export const SIGN_IN_WITH_PASSKEY = `mutation ConsoleSignInWithPasskey($credential: JSON!) {
  payload: loginWithPasskey(input: { credential: $credential, refreshTokenIn: COOKIE }) {${PAYLOAD}
  }
}`;

/** Exchange the refresh token in the cookie. */
export const REFRESH = `mutation ConsoleRefresh {
  payload: refreshSession {${PAYLOAD}
  }
}`;

/** Further memberships, after those of a payload. */
export const NEXT_MEMBERSHIPS = `query ConsoleNextMemberships($after: String!) {
  viewer { memberships(first: 100, after: $after, ${MEMBERSHIPS} }
}`;

/** What the user can confirm their identity with. */
export const CONFIRMATION_METHODS =
  'query ConsoleConfirmationMethods { viewer { twoFactor { isEnabled } linkedIssuers { nodes { issuer } } passkeys { totalCount } } }';

/** Confirm the identity of the user for some minutes in this session. */
export const CONFIRM_IDENTITY = `mutation ConsoleConfirmIdentity($input: ConfirmIdentityInput!) {
  payload: confirmIdentity(input: $input) { done userErrors { code message } }
}`;

/** The id of the user with an email address, for superusers. */
export const FIND_USER = 'query ConsoleFindUser($email: String!) { user(by: { email: $email }) { id } }';

/** Act as another user. The cookie remains that of the superuser. */
export const IMPERSONATE = `mutation ConsoleImpersonate($input: ImpersonateUserInput!) {
  payload: impersonateUser(input: $input) {${PAYLOAD}
  }
}`;

/** End the session in which a superuser acts as a user. */
export const END_IMPERSONATION =
  'mutation ConsoleEndImpersonation { payload: endImpersonation { done userErrors { code message } } }';

/** End the session and delete the cookie. */
export const SIGN_OUT = 'mutation ConsoleSignOut { payload: logout { done userErrors { code message } } }';

/** A membership of the user. */
export interface Membership {
  role: string;
  tenant: { slug: string; name: string } | null;
}

/** A page of the user's memberships. */
export interface MembershipPage {
  nodes: Membership[];
  pageInfo?: { hasNextPage: boolean; endCursor: string | null };
}

/** The data of a response to NEXT_MEMBERSHIPS. */
export interface NextMembershipsData {
  viewer: { memberships: MembershipPage } | null;
}

type ShortUserError = Pick<UserError, 'code' | 'message'>;

/** The data of a response to SIGN_OUT, CONFIRM_IDENTITY or END_IMPERSONATION. */
export interface DoneData {
  payload: { done: boolean | null; userErrors: ShortUserError[] } | null;
}

/** The payload of `login`, `refreshSession` and `impersonateUser`. */
export interface TokenPayload {
  accessToken: string | null;
  expiresAt: string | null;
  user: {
    id: string;
    fullName: string;
    email: string;
    status: { isSuperuser: boolean } | null;
    memberships: MembershipPage;
  } | null;
  /** The one that was begun by an invitation, with `loginWithIssuer`. */
  membership?: Membership | null;
  userErrors: ShortUserError[];
}

/** The body of a response to SIGN_IN, REFRESH or IMPERSONATE. */
export type TokenBody = Body<{ payload: TokenPayload | null }>;

/** Why the server refused; `code` is null unless it was a user error. */
export interface Failure {
  code: string | null;
  message: string;
}

type Refusable = Body<{ payload: { userErrors: ShortUserError[] } | null }>;

/** The first error of a response. */
export function readFailure(body: Refusable): Failure {
  const userError = body.data?.payload?.userErrors?.[0];
  if (userError) return { code: userError.code, message: userError.message };
  return { code: null, message: body.errors?.[0]?.message ?? 'The server gave no reason.' };
}

/** Whether the form must ask for a code of the second factor: it is missing or wrong. */
export function isAboutCode(failure: Failure | null): boolean {
  return failure?.code === 'SECOND_FACTOR_REQUIRED' || failure?.code === 'BAD_CODE';
}

/** The session with the tenant of `slug` selected, or else the first tenant. */
export function withTenant({ user, tenants }: Pick<Session, 'user' | 'tenants'>, slug: string | null): Session {
  const tenant = tenants.find(choice => choice.slug === slug) ?? tenants[0] ?? null;
  return { user, tenants, tenant, role: tenant?.role ?? null };
}
