// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endSession } from './refresh';
import { ConnectionError, execute, onOutcome, run } from './request';
import { signIn } from './session';

const UNAUTHENTICATED = { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }], data: null };

type Handler = (query: string, headers: Headers) => unknown;

let requests: { query: string; headers: Headers }[] = [];

function respond(handler: Handler): void {
  vi.stubGlobal('fetch', async (_url: string, init: { body: string; headers: Record<string, string> }) => {
    const { query } = JSON.parse(init.body);
    const headers = new Headers(init.headers);
    requests.push({ query, headers });
    return new Response(JSON.stringify(handler(query, headers)), { headers: { 'content-type': 'application/json' } });
  });
}

function tokens(accessToken: string, minutes = 15) {
  const nodes = [{ role: 'OWNER', tenant: { slug: 'demo', name: 'Demo' } }];
  const user = { id: 'user_1', fullName: 'Ann', email: 'a@b', status: null, memberships: { nodes } };
  const expiresAt = new Date(Date.now() + minutes * 60_000).toISOString();
  return { data: { payload: { accessToken, expiresAt, user, userErrors: [] } } };
}

beforeEach(() => {
  requests = [];
});

afterEach(() => {
  endSession();
  vi.unstubAllGlobals();
});

async function signInWith(handler: Handler, token = 'first', minutes = 15): Promise<void> {
  respond((query, headers) => (query.includes('login') ? tokens(token, minutes) : handler(query, headers)));
  expect(await signIn('a@b', 'secret')).toBeNull();
  requests = [];
}

test('adds the token and the tenant of the session', async () => {
  await signInWith(() => ({ data: { a: 1 } }));
  const { body, bytes } = await execute({ query: '{ a }' });
  expect(body.data).toEqual({ a: 1 });
  expect(bytes).toBe(16);
  expect(requests[0]?.headers.get('authorization')).toBe('Bearer first');
  expect(requests[0]?.headers.get('x-tenant')).toBe('demo');
});

test('headers of the caller have precedence in any case', async () => {
  await signInWith(() => UNAUTHENTICATED);
  await execute({ query: '{ a }' }, { headers: { AUTHORIZATION: 'Bearer mine', 'x-tenant-ID': 'tenant_2' } });
  expect(requests).toHaveLength(1); // the session's token was not refused, so it is not refreshed
  expect(requests[0]?.headers.get('authorization')).toBe('Bearer mine');
  expect(requests[0]?.headers.get('x-tenant')).toBeNull();
});

test('a refused token is refreshed once, and the operation sent again', async () => {
  await signInWith((query, headers) => {
    if (query.includes('refreshSession')) return tokens('second');
    return headers.get('authorization') === 'Bearer second' ? { data: { a: 1 } } : UNAUTHENTICATED;
  });
  expect((await execute({ query: '{ a }' })).body.data).toEqual({ a: 1 });
  expect(requests).toHaveLength(3);
});

test('several refused requests share one refresh', async () => {
  await signInWith((query, headers) => {
    if (query.includes('refreshSession')) return tokens('second');
    return headers.get('authorization') === 'Bearer second' ? { data: { a: 1 } } : UNAUTHENTICATED;
  });
  await Promise.all([execute({ query: '{ a }' }), execute({ query: '{ b }' }), execute({ query: '{ c }' })]);
  expect(requests.filter(({ query }) => query.includes('refreshSession'))).toHaveLength(1);
});

test('an operation of which a part succeeded is not sent again', async () => {
  await signInWith(() => ({ ...UNAUTHENTICATED, data: { created: { id: 1 }, refused: null } }));
  await execute({ query: 'mutation { created refused }' });
  expect(requests).toHaveLength(1);
});

test('an ended session is signed out, and the refusal returned', async () => {
  await signInWith(() => UNAUTHENTICATED);
  const { body } = await execute({ query: '{ a }' });
  expect(body.errors?.[0]?.message).toBe('no');
  await execute({ query: '{ a }' });
  expect(requests.at(-1)?.headers.get('authorization')).toBeNull();
});

test('an expired token is refreshed before it is sent', async () => {
  await signInWith(query => (query.includes('refreshSession') ? tokens('second') : { data: { a: 1 } }), 'first', 0);
  await execute({ query: '{ a }' });
  expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual([null, 'Bearer second']);
});

test('throws ConnectionError when the server cannot be reached', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(execute({ query: '{ a }' })).rejects.toBeInstanceOf(ConnectionError);
});

test('an abort is not a lost connection', async () => {
  const controller = new AbortController();
  controller.abort();
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('Aborted', 'AbortError')));
  await expect(execute({ query: '{ a }' }, { signal: controller.signal })).rejects.toThrow('Aborted');
});

test('a response that is not JSON becomes an error', async () => {
  vi.stubGlobal('fetch', async () => new Response('<html>Bad gateway</html>', { status: 502 }));
  const { status, body } = await execute({ query: '{ a }' });
  expect(status).toBe(502);
  expect(body.errors?.[0]?.message).toContain('status 502');
});

test('listeners get the runs of the query view only', async () => {
  respond(() => ({ data: { a: 1 } }));
  const queries: string[] = [];
  const unsubscribe = onOutcome(({ operation }) => queries.push(operation.query));
  await execute({ query: '{ a }' });
  await run({ query: '{ b }' });
  unsubscribe();
  await run({ query: '{ c }' });
  expect(queries).toEqual(['{ b }']);
});
