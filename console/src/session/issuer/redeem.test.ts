// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { endSession } from '../refresh';
import { session } from '../state';
import { beginAuthorization, type Target } from './authorization';
import { continueAuthorization, issuerPrompt, present, step } from './redeem';

const CLIENT = {
  issuer: 'https://issuer.test',
  name: 'Example',
  clientId: 'console',
  authorizationEndpoint: 'https://issuer.test/authorize',
  tokenEndpoint: 'https://issuer.test/token',
};
const SIGNED_OUT = { data: { payload: null }, errors: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] };
const USER = { id: 'user_1', fullName: 'Ada', email: 'a@b', status: null, memberships: { nodes: [] } };
const SIGNED_IN = {
  data: { payload: { accessToken: 'access', expiresAt: '2099-01-01T00:00:00Z', user: USER, userErrors: [] } },
};

afterEach(() => {
  issuerPrompt.close(false);
  endSession();
  sessionStorage.clear();
  history.replaceState(null, '', '/');
  vi.unstubAllGlobals();
});

function refusal(code: string): object {
  return { data: { payload: { accessToken: null, user: null, done: null, userErrors: [{ code, message: code }] } } };
}

// Returns the variables of the operations by name; each is answered by the next of its answers.
function respond(answers: Record<string, object[]>) {
  const sent: [string, Record<string, unknown>][] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (url === CLIENT.tokenEndpoint) return new Response(JSON.stringify({ id_token: 'id-token' }));
    const { query, variables } = JSON.parse(String(init.body));
    const name = /Console(\w+)/.exec(query)?.[1] ?? '';
    sent.push([name, variables]);
    return new Response(JSON.stringify(answers[name]?.shift() ?? SIGNED_OUT));
  });
  return sent;
}

async function returnFromIssuer(purpose: 'signIn' | 'confirm', target: Target = {}): Promise<string> {
  const url = new URL(await beginAuthorization(CLIENT, purpose, target));
  const { nonce } = JSON.parse(String(sessionStorage.getItem('allotment:authorization')));
  history.replaceState(null, '', `/graphql?code=c&state=${url.searchParams.get('state')}`);
  continueAuthorization();
  return nonce;
}

test('a code is asked for when the server requires it, and sent with the same token', async () => {
  const sent = respond({ SignInWithIssuer: [refusal('SECOND_FACTOR_REQUIRED'), refusal('BAD_CODE'), SIGNED_IN] });
  const nonce = await returnFromIssuer('signIn');
  for (const code of ['000000', '123456']) {
    await vi.waitFor(() => expect(step.get().kind).toBe('code'));
    const current = step.get();
    if (current.kind === 'code') await present(current.proof, code);
  }
  expect(session.get()?.user.name).toBe('Ada');
  expect(issuerPrompt.request.get()).toBeNull();
  const values = { idToken: 'id-token', nonce, refreshTokenIn: 'COOKIE' };
  expect(sent).toEqual([
    ['Refresh', undefined],
    ['SignInWithIssuer', { input: values }],
    ['SignInWithIssuer', { input: { ...values, code: '000000' } }],
    ['SignInWithIssuer', { input: { ...values, code: '123456' } }],
  ]);
  expect(JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])).not.toContain('id-token');
});

test('a confirmation continues the session of the cookie first', async () => {
  const sent = respond({
    Refresh: [SIGNED_IN],
    ConfirmIdentity: [{ data: { payload: { done: true, userErrors: [] } } }],
  });
  const nonce = await returnFromIssuer('confirm');
  await vi.waitFor(() => expect(step.get().kind).toBe('confirmed'));
  expect(sent).toEqual([
    ['Refresh', undefined],
    ['ConfirmIdentity', { input: { idToken: 'id-token', nonce } }],
  ]);
});

test('the tenant of the invitation is selected, although it is not the last one', async () => {
  const nodes = ['one', 'two', 'three'].map(slug => ({ role: 'MEMBER', tenant: { slug, name: slug } }));
  const payload = {
    ...SIGNED_IN.data.payload,
    user: { ...USER, memberships: { nodes } },
    membership: nodes[1],
  };
  const sent = respond({ SignInWithIssuer: [{ data: { payload } }] });
  const nonce = await returnFromIssuer('signIn', { invitationToken: 'invite_secret' });
  await vi.waitFor(() => expect(session.get()?.tenant?.slug).toBe('two'));
  const input = { idToken: 'id-token', nonce, invitationToken: 'invite_secret', refreshTokenIn: 'COOKIE' };
  expect(sent.at(-1)).toEqual(['SignInWithIssuer', { input }]);
});

test('the tenant of the invitation is selected, although the list of memberships is too short for it', async () => {
  const [one, two] = ['one', 'two'].map(slug => ({ role: 'MEMBER', tenant: { slug, name: slug } }));
  const user = { ...USER, memberships: { nodes: [one] } };
  respond({ SignInWithIssuer: [{ data: { payload: { ...SIGNED_IN.data.payload, user, membership: two } } }] });
  await returnFromIssuer('signIn', { invitationToken: 'invite_secret' });
  await vi.waitFor(() => expect(session.get()?.tenant?.slug).toBe('two'));
  expect(session.get()?.tenants.map(({ slug }) => slug)).toEqual(['one', 'two']);
});

test('opening the console otherwise ends the authorization', async () => {
  await beginAuthorization(CLIENT, 'signIn', { invitationToken: 'invite_secret' });
  continueAuthorization();
  expect(issuerPrompt.request.get()).toBeNull();
  expect(sessionStorage).toHaveLength(0);
});

test('why the server refuses is shown', async () => {
  respond({ SignInWithIssuer: [refusal('BAD_CREDENTIALS')] });
  await returnFromIssuer('signIn');
  await vi.waitFor(() => expect(step.get()).toEqual({ kind: 'failed', message: 'BAD_CREDENTIALS' }));
  expect(session.get()).toBeNull();
});
