// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { readFailure, type TokenPayload, withTenant } from './operations';
import { readPayload } from './readPayload';
import { beginSession, endSession, refreshNow } from './refresh';
import { selectTenant, signIn, signOut } from './session';
import { session, status, token } from './state';
import { lastTenant, selectedTenant, storeTenant } from './tenant';

const TENANTS = [
  { slug: 'one', name: 'One', role: 'OWNER' },
  { slug: 'two', name: 'Two', role: 'MEMBER' },
];
const USER = { id: 'user_1', name: 'Ann', email: 'a@b', isSuperuser: false };

function begin(value = 'token'): void {
  const expiresAt = Date.now() + 900_000;
  beginSession({ session: withTenant({ user: USER, tenants: TENANTS }, null), token: { value, expiresAt } });
}

afterEach(() => {
  endSession();
  localStorage.clear();
  sessionStorage.clear();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('the first tenant is selected, or the one of the last time', () => {
  expect(withTenant({ user: USER, tenants: TENANTS }, null).tenant?.slug).toBe('one');
  expect(withTenant({ user: USER, tenants: TENANTS }, 'two').role).toBe('MEMBER');
  expect(withTenant({ user: USER, tenants: TENANTS }, 'foreign').tenant?.slug).toBe('one');
  expect(withTenant({ user: USER, tenants: [] }, 'one')).toMatchObject({ tenant: null, role: null });
});

test('a selected tenant is used and remembered; others are refused', () => {
  begin();
  selectTenant('two');
  expect([selectedTenant(), lastTenant(), session.get()?.role]).toEqual(['two', 'two', 'MEMBER']);
  selectTenant('foreign');
  expect(selectedTenant()).toBe('two');
});

test('a refresh retains the selected tenant', () => {
  begin();
  selectTenant('two');
  begin('next');
  expect(session.get()?.tenant?.slug).toBe('two');
});

test('nothing secret is stored', () => {
  begin('very-secret');
  selectTenant('two');
  expect(JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])).not.toContain('very-secret');
});

test('a refresh that ends after the sign-out does not sign in again', async () => {
  begin();
  const user = { id: 'user_1', fullName: 'Ann', email: 'a@b', status: null, memberships: { nodes: [] } };
  const payload = { accessToken: 'late', expiresAt: '2099-01-01T00:00:00Z', user, userErrors: [] };
  vi.stubGlobal('fetch', async () => {
    endSession(); // while the response is on its way
    return new Response(JSON.stringify({ data: { payload } }));
  });
  const refresh = refreshNow();
  expect(await refresh).toBe(false);
  expect([status.get(), token.get()]).toEqual(['signedOut', null]);
});

test('a failure of the server does not end the session', async () => {
  begin();
  vi.stubGlobal('fetch', async () => new Response('{"errors":[{"message":"x","extensions":{"code":"INTERNAL"}}]}'));
  await refreshNow();
  expect(status.get()).toBe('signedIn');
});

test('the session is refreshed a minute before the token expires', async () => {
  vi.useFakeTimers();
  const fetch = vi.fn(async () => new Response('{"errors":[{"message":"x"}]}'));
  vi.stubGlobal('fetch', fetch);
  begin();
  await vi.advanceTimersByTimeAsync(839_000);
  expect(fetch).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(fetch).toHaveBeenCalledOnce();
});

test('the reason of a refused sign-in is returned', async () => {
  const payload: TokenPayload = {
    accessToken: null,
    expiresAt: null,
    user: null,
    userErrors: [{ code: 'INVALID', message: 'Wrong password.' }],
  };
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ data: { payload } })));
  expect(await signIn('a@b', 'wrong')).toEqual({ code: 'INVALID', message: 'Wrong password.' });
  expect(token.get()).toBeNull();
});

const OF_BOB = {
  accessToken: 'of-bob',
  expiresAt: '2099-01-01T00:00:00Z',
  user: { id: 'user_2', fullName: 'Bob', email: 'b@b', status: null, memberships: { nodes: [] } },
  userErrors: [],
};

// Answers each operation of the session by its name, and records the operations with their tokens.
function respond(
  payloads: Record<string, unknown>,
): { name: string; token: string | undefined; credentials: string }[] {
  const sent: { name: string; token: string | undefined; credentials: string }[] = [];
  vi.stubGlobal('fetch', async (_url: string, init: RequestInit & { headers: Record<string, string> }) => {
    const name = /Console\w+/.exec(String(init.body))?.[0] ?? '';
    sent.push({ name, token: init.headers.Authorization, credentials: init.credentials ?? '' });
    return new Response(JSON.stringify(payloads[name]));
  });
  return sent;
}

test('the former session ends after another user has signed in, by its own token and without the new cookie', async () => {
  begin('of-ann');
  const sent = respond({
    ConsoleSignIn: { data: { payload: OF_BOB } },
    ConsoleSignOut: { data: { payload: { done: true } } },
  });
  expect(await signIn('b@b', 'secret')).toBeNull();
  expect(sent).toEqual([
    { name: 'ConsoleSignIn', token: undefined, credentials: 'same-origin' },
    { name: 'ConsoleSignOut', token: 'Bearer of-ann', credentials: 'omit' },
  ]);
  expect([token.get()?.value, session.get()?.user.name]).toEqual(['of-bob', 'Bob']);
});

const PAGES = ['one', 'two', 'three'].map((slug, index) => ({
  nodes: [{ role: 'MEMBER', tenant: { slug, name: slug } }],
  pageInfo: { hasNextPage: index < 2, endCursor: slug },
}));

// The first page with the payload, and then the others, or an error if there is none.
function respondWithPages(...pages: object[]): { after: string; token: string | undefined }[] {
  const sent: { after: string; token: string | undefined }[] = [];
  vi.stubGlobal('fetch', async (_url: string, init: { body: string; headers: Record<string, string> }) => {
    const { query, variables } = JSON.parse(init.body);
    const memberships = pages.shift();
    if (!query.includes('ConsoleNextMemberships')) {
      return new Response(JSON.stringify({ data: { payload: { ...OF_BOB, user: { ...OF_BOB.user, memberships } } } }));
    }
    sent.push({ after: variables.after, token: init.headers.Authorization });
    const body = memberships ? { data: { viewer: { memberships } } } : { data: null, errors: [{ message: 'Later.' }] };
    return new Response(JSON.stringify(body));
  });
  return sent;
}

test('all pages of the tenants are loaded, so the tenant of an accepted invitation is selected', async () => {
  storeTenant('three');
  const sent = respondWithPages(...PAGES);
  expect(await refreshNow()).toBe(true);
  expect(session.get()?.tenants.map(({ slug }) => slug)).toEqual(['one', 'two', 'three']);
  expect(session.get()?.tenant?.slug).toBe('three');
  expect(sent).toEqual(['one', 'two'].map(after => ({ after, token: 'Bearer of-bob' })));
});

test('the session begins without the tenants that cannot be loaded', async () => {
  respondWithPages(...PAGES.slice(0, 2));
  expect(await signIn('b@b', 'secret')).toBeNull();
  expect(session.get()?.tenants.map(({ slug }) => slug)).toEqual(['one', 'two']);
  expect(token.get()?.value).toBe('of-bob');
});

test('the former session continues if the sign-in is refused', async () => {
  begin('of-ann');
  const sent = respond({ ConsoleSignIn: { errors: [{ message: 'Too many attempts.' }] } });
  expect(await signIn('b@b', 'wrong')).toEqual({ code: null, message: 'Too many attempts.' });
  expect(sent.map(({ name }) => name)).toEqual(['ConsoleSignIn']);
  expect([status.get(), token.get()?.value]).toEqual(['signedIn', 'of-ann']);
});

test('a former session that cannot be ended does not prevent the new one', async () => {
  begin('of-ann');
  respond({ ConsoleSignIn: { data: { payload: OF_BOB } }, ConsoleSignOut: { errors: [{ message: 'x' }] } });
  expect(await signIn('b@b', 'secret')).toBeNull();
  expect(token.get()?.value).toBe('of-bob');
});

test.each(['RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL'])(
  'a sign-out that is refused with %s throws the reason',
  async code => {
    begin();
    respond({ ConsoleSignOut: { data: { payload: null }, errors: [{ message: 'Later.', extensions: { code } }] } });
    await expect(signOut()).rejects.toThrow('Later.');
    expect(status.get()).toBe('signedIn');
  },
);

test.each([
  { data: { payload: { done: true, userErrors: [] } } },
  { data: { payload: null }, errors: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] },
])('a sign-out that is answered with %j ends the session', async answer => {
  begin();
  respond({ ConsoleSignOut: answer });
  await signOut();
  expect([status.get(), token.get()]).toEqual(['signedOut', null]);
});

test('payloads without a token are no session', async () => {
  expect(await readPayload({ data: { payload: null } })).toBeNull();
  expect(readFailure({ errors: [{ message: 'Too many attempts.' }] }).message).toBe('Too many attempts.');
  expect(readFailure({}).message).toBe('The server gave no reason.');
});
