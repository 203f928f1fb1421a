import { sendConfirmed } from './confirmation';
import {
  type DoneData,
  END_IMPERSONATION,
  type Failure,
  FIND_USER,
  IMPERSONATE,
  readFailure,
  type TokenPayload,
} from './operations';
import { createPrompt } from './prompt';
import { readPayload } from './readPayload';
import { accessToken, beginSession, refreshNow } from './refresh';
import { execute } from './request';
import { impersonation, session } from './state';

/** The dialog to act as another user. */
export const impersonationPrompt = createPrompt();

/** As whom a superuser wants to act, and why. An empty tenant is the only one of the user. */
export interface ImpersonationRequest {
  email: string;
  tenant: string;
  reason: string;
  minutes: number;
}

const UNKNOWN_USER: Failure = { code: 'NOT_FOUND', message: 'There is no user with this email address.' };

/** Act as another user in this tab. Returns null on success, or else why it failed. Throws ConnectionError when offline. */
export async function impersonate({ email, tenant, reason, minutes }: ImpersonationRequest): Promise<Failure | null> {
  const found = await execute<{ user: { id: string } | null }>({ query: FIND_USER, variables: { email } });
  const userId = found.body.data?.user?.id;
  if (!userId) return found.body.errors ? { code: null, message: found.body.errors[0]?.message ?? '' } : UNKNOWN_USER;
  const input = { userId, reason, minutes, ...(tenant && { tenant }) };
  const operation = { query: IMPERSONATE, variables: { input } };
  const { body } = await sendConfirmed(() => execute<{ payload: TokenPayload | null }>(operation));
  const next = await readPayload(body);
  if (!next) return readFailure(body);
  const by = session.get()?.user.name ?? '';
  beginSession(next, { by, ownToken: accessToken() ?? '', expiresAt: next.token.expiresAt });
  return null;
}

/** End it on the server, and continue the superuser's own session. Throws an error if the server refuses that. */
export async function endImpersonation(): Promise<void> {
  if (!impersonation.get()) return;
  const { body } = await execute<DoneData>({ query: END_IMPERSONATION });
  if (!impersonation.get()) return; // it had ended, which the request has noticed
  if (!body.data?.payload?.done) throw new Error(readFailure(body).message);
  await refreshNow();
}
