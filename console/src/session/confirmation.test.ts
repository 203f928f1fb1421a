// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { confirmationPrompt, confirmIdentity, loadConfirmationMethods, sendConfirmed } from './confirmation';
import { withTenant } from './operations';
import { beginSession, endSession } from './refresh';
import { signIn } from './session';

const USER = { id: 'user_1', name: 'Ann', email: 'a@b', isSuperuser: false };
const REFUSED = {
  data: { createApiKey: null },
  errors: [{ message: 'x', extensions: { code: 'FORBIDDEN', stepUp: true } }],
};
const DONE = { data: { createApiKey: { secret: 's' } } };

function begin(): void {
  const token = { value: 'token', expiresAt: Date.now() + 900_000 };
  beginSession({ session: withTenant({ user: USER, tenants: [] }, null), token });
}

// Returns a function that answers with one body after the other.
function answers(...bodies: object[]) {
  let next = 0;
  return vi.fn(async () => ({
    status: 200,
    headers: new Headers(),
    bytes: 0,
    durationMs: 0,
    body: bodies[next++] ?? {},
  }));
}

function respond(body: object) {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => new Response(JSON.stringify(body)));
  vi.stubGlobal('fetch', fetch);
  return () => fetch.mock.calls.map(([, init]) => JSON.parse(String(init.body)).variables);
}

afterEach(() => {
  confirmationPrompt.close(false);
  endSession();
  vi.unstubAllGlobals();
});

test('an operation that needs a confirmation is sent again after it', async () => {
  begin();
  const send = answers(REFUSED, DONE);
  const outcome = sendConfirmed(send);
  await vi.waitFor(() => expect(confirmationPrompt.request.get()).not.toBeNull());
  expect(send).toHaveBeenCalledOnce();
  confirmationPrompt.close(true);
  expect((await outcome).body).toEqual(DONE);
  expect(send).toHaveBeenCalledTimes(2);
});

test('without a confirmation the refusal remains', async () => {
  begin();
  const send = answers(REFUSED, DONE);
  const outcome = sendConfirmed(send);
  await vi.waitFor(() => expect(confirmationPrompt.request.get()).not.toBeNull());
  confirmationPrompt.close(false);
  expect((await outcome).body).toEqual(REFUSED);
  expect(send).toHaveBeenCalledOnce();
});

test.each([
  ['has succeeded', DONE, {}],
  ['is refused for another reason', { errors: [{ message: 'x', extensions: { code: 'FORBIDDEN' } }] }, {}],
  ['has succeeded in part', { ...REFUSED, data: { createTask: {}, createApiKey: null } }, {}],
  ['has a token of its own', REFUSED, { headers: { authorization: 'Bearer other' } }],
])('no confirmation is offered for an operation that %s', async (_, body, options) => {
  begin();
  const send = answers(body);
  expect((await sendConfirmed(send, options)).body).toEqual(body);
  expect(confirmationPrompt.request.get()).toBeNull();
  expect(send).toHaveBeenCalledOnce();
});

test('no confirmation is offered without a session', async () => {
  expect((await sendConfirmed(answers(REFUSED))).body).toEqual(REFUSED);
  expect(confirmationPrompt.request.get()).toBeNull();
});

test('a confirmation sends the proof, and returns why it failed', async () => {
  begin();
  const sent = respond({ data: { payload: { done: true, userErrors: [] } } });
  expect(await confirmIdentity({ code: '123 456' })).toBeNull();
  expect(sent()).toEqual([{ input: { code: '123 456' } }]);
  const failure = { code: 'BAD_CREDENTIALS', message: 'The password is wrong.' };
  respond({ data: { payload: { done: null, userErrors: [failure] } } });
  expect(await confirmIdentity({ currentPassword: 'x' })).toEqual(failure);
});

test.each([
  [
    { twoFactor: { isEnabled: true }, linkedIssuers: { nodes: [] }, passkeys: { totalCount: 0 } },
    { needsCode: true, issuers: [], hasPasskey: false },
  ],
  [
    { twoFactor: { isEnabled: false }, linkedIssuers: null, passkeys: null },
    { needsCode: false, issuers: [], hasPasskey: false },
  ],
  [
    { twoFactor: null, linkedIssuers: { nodes: [{ issuer: 'https://i' }] }, passkeys: { totalCount: 2 } },
    { needsCode: false, issuers: ['https://i'], hasPasskey: true },
  ],
  [null, { needsCode: false, issuers: [], hasPasskey: false }],
])('what the user can confirm with: %j', async (viewer, expected) => {
  begin();
  respond({ data: { viewer } });
  expect(await loadConfirmationMethods()).toEqual(expected);
});

test('a sign-in sends the code only if there is one, and says that it is missing', async () => {
  const failure = { code: 'SECOND_FACTOR_REQUIRED', message: 'Enter a code.' };
  const sent = respond({
    data: { payload: { accessToken: null, expiresAt: null, user: null, userErrors: [failure] } },
  });
  expect(await signIn('a@b', 'secret', '')).toEqual(failure);
  await signIn('a@b', 'secret', '123456');
  expect(sent()).toEqual([
    { email: 'a@b', password: 'secret' },
    { email: 'a@b', password: 'secret', code: '123456' },
  ]);
});
