// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { beginAuthorization, discardAuthorization, exchangeCode, takeReturned } from './authorization';

const CLIENT = {
  issuer: 'https://issuer.test',
  name: 'Example',
  clientId: 'console',
  authorizationEndpoint: 'https://issuer.test/authorize?tenant=1',
  tokenEndpoint: 'https://issuer.test/token',
};

afterEach(() => {
  sessionStorage.clear();
  history.replaceState(null, '', '/');
  vi.unstubAllGlobals();
});

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...digest))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');
}

async function begin(purpose: 'signIn' | 'confirm' = 'signIn'): Promise<URLSearchParams> {
  return new URL(await beginAuthorization(CLIENT, purpose)).searchParams;
}

function openAt(parameters: Record<string, string>): void {
  history.replaceState(null, '', `/graphql?${new URLSearchParams(parameters)}`);
}

function respond(status: number, body: unknown) {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => new Response(JSON.stringify(body), { status }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

test('the issuer gets hashes only, and the code is exchanged with the verifier', async () => {
  history.replaceState(null, '', '/graphql#/data/tasks');
  const sent = await begin();
  expect(Object.fromEntries(sent)).toMatchObject({
    tenant: '1',
    response_type: 'code',
    client_id: 'console',
    scope: 'openid email profile',
    code_challenge_method: 'S256',
  });
  expect(sent.has('max_age')).toBe(false);
  openAt({ code: 'code-1', state: String(sent.get('state')), iss: CLIENT.issuer });
  const returned = takeReturned();
  if (!returned || 'problem' in returned) throw new Error('no code');
  expect(location.pathname + location.search + location.hash).toBe('/graphql#/data/tasks');
  expect(sessionStorage).toHaveLength(0);
  expect(await sha256(returned.authorization.nonce)).toBe(sent.get('nonce'));
  const fetch = respond(200, { id_token: 'token' });
  expect(await exchangeCode(returned.authorization, returned.code)).toBe('token');
  const [url, init] = fetch.mock.calls[0] ?? [];
  const form = init?.body as URLSearchParams;
  expect([url, init?.credentials, form.get('code'), form.get('grant_type')]).toEqual([
    CLIENT.tokenEndpoint,
    'omit',
    'code-1',
    'authorization_code',
  ]);
  expect(await sha256(String(form.get('code_verifier')))).toBe(sent.get('code_challenge'));
  expect(form.get('redirect_uri')).toBe(sent.get('redirect_uri'));
});

test('a confirmation asks the issuer to authenticate again', async () => {
  const sent = await begin('confirm');
  expect([sent.get('max_age'), sent.get('prompt')]).toEqual(['0', 'login']);
  expect((await begin()).get('state')).not.toBe(sent.get('state'));
});

test.each([
  [{ code: 'c' }, 'not begun in this tab'],
  [{ code: 'c', iss: 'https://other.test', state: 'right' }, 'Another issuer'],
  [{ error: 'access_denied', state: 'right' }, 'cancelled or denied'],
  [{ error: 'server_error', error_description: 'Out of order', state: 'right' }, 'Out of order'],
])('no code is taken from %j', async (parameters, problem) => {
  const state = String((await begin()).get('state'));
  openAt({ ...parameters, state: 'state' in parameters ? state : 'wrong' } as Record<string, string>);
  expect(takeReturned()).toEqual({ problem: expect.stringContaining(problem) });
  expect(location.search).toBe('');
  openAt({ code: 'c', state });
  expect(takeReturned()).toEqual({ problem: expect.stringContaining('not begun in this tab') });
});

test('other addresses are left alone', async () => {
  await begin();
  openAt({ query: '{ viewer { email } }', state: 'x' });
  expect(takeReturned()).toBeNull();
  expect(location.search).toContain('viewer');
});

test('an abandoned authorization is removed, and its code is not accepted afterwards', async () => {
  const { searchParams } = new URL(await beginAuthorization(CLIENT, 'signIn', { invitationToken: 'invite_secret' }));
  discardAuthorization();
  expect(sessionStorage).toHaveLength(0);
  openAt({ code: 'c', state: String(searchParams.get('state')) });
  expect(takeReturned()).toEqual({ problem: expect.stringContaining('not begun in this tab') });
});

test('an abandoned authorization is removed when the browser shows the page again', async () => {
  discardAuthorization();
  await begin();
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }));
  expect(sessionStorage).toHaveLength(1);
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  expect(sessionStorage).toHaveLength(0);
});

test('refusals of the issuer are described', async () => {
  await begin();
  const stored = JSON.parse(String(sessionStorage.getItem('allotment:authorization')));
  respond(400, { error: 'invalid_grant' });
  await expect(exchangeCode(stored, 'c')).rejects.toThrow('(status 400). invalid_grant');
  respond(200, null);
  await expect(exchangeCode(stored, 'c')).rejects.toThrow('no reason');
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('blocked')));
  await expect(exchangeCode(stored, 'c')).rejects.toThrow('Example cannot be reached');
});

test('without a secure context the error says what is missing', async () => {
  vi.stubGlobal('crypto', {});
  await expect(begin()).rejects.toThrow('HTTPS');
});
