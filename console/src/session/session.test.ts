// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { errorMessage, readPayload, type TokenPayload, withTenant } from './operations';
import { beginSession, endSession, refreshNow } from './refresh';
import { selectTenant, signIn } from './session';
import { session, status, token } from './state';
import { lastTenant, selectedTenant } from './tenant';

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
  expect(await signIn('a@b', 'wrong')).toBe('Wrong password.');
  expect(token.get()).toBeNull();
});

test('another user signs in after the session has ended on the server', async () => {
  begin('of-ann');
  const sent: string[] = [];
  vi.stubGlobal('fetch', async (_url: string, { body, headers }: { body: string; headers: Record<string, string> }) => {
    sent.push(`${/Console\w+/.exec(body)?.[0]} ${headers.Authorization}`);
    return new Response('{"data":{}}');
  });
  await signIn('b@b', 'secret');
  expect(sent).toEqual(['ConsoleSignOut Bearer of-ann', 'ConsoleSignIn undefined']);
});

test('payloads without a token are no session', () => {
  expect(readPayload({ data: { payload: null } })).toBeNull();
  expect(errorMessage({ errors: [{ message: 'Too many attempts.' }] })).toBe('Too many attempts.');
  expect(errorMessage({})).toBe('The server gave no reason.');
});
