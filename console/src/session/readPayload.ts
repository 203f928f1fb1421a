import { send } from '../server/send';
import {
  type Membership,
  type MembershipPage,
  NEXT_MEMBERSHIPS,
  type NextMembershipsData,
  type TokenBody,
  type TokenPayload,
  withTenant,
} from './operations';
import type { Session, TenantChoice, Token } from './state';
import { lastTenant } from './tenant';

/** The session and token of a successful payload, with all tenants of the user; null if there is an error. */
export async function readPayload(body: TokenBody): Promise<{ session: Session; token: Token } | null> {
  const payload = body.data?.payload;
  if (!payload?.accessToken || !payload.user) return null;
  const expiresAt = payload.expiresAt ? Date.parse(payload.expiresAt) : Date.now() + 60_000;
  const memberships = await loadMemberships(payload.user.memberships, payload.accessToken);
  return {
    token: { value: payload.accessToken, expiresAt },
    session: toSession(payload.user, memberships, payload.membership),
  };
}

// The memberships of the first page and of all others, up to one that cannot be loaded.
async function loadMemberships(first: MembershipPage, token: string): Promise<Membership[]> {
  const memberships = [...first.nodes];
  let page: MembershipPage | undefined = first;
  while (page?.pageInfo?.hasNextPage) {
    page = await loadNext(page.pageInfo.endCursor, token);
    memberships.push(...(page?.nodes ?? []));
  }
  return memberships;
}

async function loadNext(after: string | null, token: string): Promise<MembershipPage | undefined> {
  const options = { headers: { Authorization: `Bearer ${token}` } };
  const operation = { query: NEXT_MEMBERSHIPS, variables: { after } };
  const outcome = await send<NextMembershipsData>(operation, options).catch(() => null);
  return outcome?.body.data?.viewer?.memberships;
}

function toSession(
  user: NonNullable<TokenPayload['user']>,
  memberships: Membership[],
  joined?: Membership | null,
): Session {
  const listed = memberships.flatMap(toChoice);
  // If a page could not be loaded, the list may lack the tenant of the invitation.
  const missing = (joined ? toChoice(joined) : []).filter(({ slug }) => listed.every(choice => choice.slug !== slug));
  const tenants = [...listed, ...missing];
  const { id, email, fullName: name } = user;
  return withTenant(
    { user: { id, name, email, isSuperuser: user.status?.isSuperuser ?? false }, tenants },
    lastTenant(),
  );
}

function toChoice({ role, tenant }: Membership): TenantChoice[] {
  return tenant ? [{ slug: tenant.slug, name: tenant.name, role }] : [];
}
