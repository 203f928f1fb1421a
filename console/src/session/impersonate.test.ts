// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { endImpersonation, impersonate } from './impersonate';
import { withTenant } from './operations';
import { accessToken, beginSession, endSession } from './refresh';
import { execute } from './request';
import { IMPERSONATION_ENDED, impersonation, session } from './state';

const SUPERUSER = { id: 'user_1', name: 'Root', email: 'root@b', isSuperuser: true };
const REQUEST = { email: 'a@b', tenant: '', reason: 'Ticket', minutes: 5 };
const UNAUTHENTICATED = { errors: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] };
const DONE = { data: { payload: { done: true, userErrors: [] } } };

function payloadOf(id: string, fullName: string, accessToken: string) {
  const user = { id, fullName, email: 'a@b', status: { isSuperuser: id === 'user_1' }, memberships: { nodes: [] } };
  return { data: { payload: { accessToken, expiresAt: '2099-01-01T00:00:00Z', user, userErrors: [] } } };
}

const BEGUN = payloadOf('user_2', 'Ann', 'hers');
const OWN_AGAIN = payloadOf('user_1', 'Root', 'own-2');

function begin(): void {
  const token = { value: 'own', expiresAt: Date.now() + 900_000 };
  beginSession({ session: withTenant({ user: SUPERUSER, tenants: [] }, null), token });
}

// Answers with one body after the other. Returns a function with the names and tokens of the requests.
function respond(...bodies: object[]) {
  let next = 0;
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => new Response(JSON.stringify(bodies[next++] ?? {})));
  vi.stubGlobal('fetch', fetch);
  return () =>
    fetch.mock.calls.map(([, { body, headers }]) => {
      const name = /(?:query|mutation) (\w+)/.exec(JSON.parse(String(body)).query)?.[1];
      return `${name} ${(headers as Record<string, string>).Authorization ?? ''}`;
    });
}

async function beginImpersonation(): Promise<void> {
  begin();
  respond({ data: { user: { id: 'user_2' } } }, BEGUN);
  expect(await impersonate(REQUEST)).toBeNull();
}

afterEach(() => {
  endSession();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('the tab acts as the user, and says for whom', async () => {
  await beginImpersonation();
  expect([session.get()?.user.name, accessToken()]).toEqual(['Ann', 'hers']);
  expect(impersonation.get()).toMatchObject({ by: 'Root', ownToken: 'own' });
});

test('ending it continues the session of the superuser', async () => {
  await beginImpersonation();
  const sent = respond(DONE, OWN_AGAIN);
  await endImpersonation();
  expect(sent()).toEqual(['ConsoleEndImpersonation Bearer hers', 'ConsoleRefresh ']);
  expect([session.get()?.user.name, impersonation.get()]).toEqual(['Root', null]);
});

test('what is refused because it has ended is not sent as the superuser', async () => {
  await beginImpersonation();
  const sent = respond(UNAUTHENTICATED, OWN_AGAIN, { data: {} });
  const { body } = await execute({ query: 'mutation DeleteTask { deleteTask }' });
  expect(body).toEqual(UNAUTHENTICATED);
  expect(sent()).toEqual(['DeleteTask Bearer hers', 'ConsoleRefresh ']);
  expect(session.get()?.user.name).toBe('Root');
});

test('after it has expired nothing is sent', async () => {
  await beginImpersonation();
  const sent = respond(OWN_AGAIN, { data: {} });
  vi.useFakeTimers({ now: Date.parse('2099-01-01T00:00:00Z'), toFake: ['Date'] });
  const { body } = await execute({ query: 'mutation DeleteTask { deleteTask }' });
  expect(body.errors?.[0]?.message).toBe(IMPERSONATION_ENDED);
  expect(sent()).toEqual(['ConsoleRefresh ']);
});

test.each([
  [{ data: { user: null } }, 'There is no user with this email address.'],
  [{ data: { user: null }, errors: [{ message: 'Only superusers.' }] }, 'Only superusers.'],
])('an unknown user: %j', async (body, message) => {
  begin();
  respond(body);
  expect((await impersonate(REQUEST))?.message).toBe(message);
  expect(impersonation.get()).toBeNull();
});

test('the reason why the server refuses is returned', async () => {
  begin();
  const failure = { code: 'REQUIRED', message: 'Name the tenant.' };
  const refused = { data: { payload: { accessToken: null, expiresAt: null, user: null, userErrors: [failure] } } };
  respond({ data: { user: { id: 'user_2' } } }, refused);
  expect(await impersonate(REQUEST)).toEqual(failure);
  expect([session.get()?.user.name, impersonation.get()]).toEqual(['Root', null]);
});
