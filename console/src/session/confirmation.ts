import { execute, hasToken } from '../server/request';
import type { Body, Outcome, RequestOptions } from '../server/types';
import { CONFIRM_IDENTITY, type DoneData, type Failure, HAS_SECOND_FACTOR, readFailure } from './operations';
import { createPrompt } from './prompt';
import { accessToken } from './refresh';

/** What the user enters to confirm their identity. */
export type Proof = { code: string } | { currentPassword: string };

/** The dialog to confirm the identity of the signed-in user. */
export const confirmationPrompt = createPrompt();

const REASON = 'This operation requires that you confirm who you are. It runs as soon as you have.';

/**
 * Send an operation. If the server requires that the user confirms their identity first, offer that, and then send it again.
 */
export async function sendConfirmed<Data>(
  sendOperation: () => Promise<Outcome<Data>>,
  { headers = {} }: RequestOptions = {},
): Promise<Outcome<Data>> {
  const outcome = await sendOperation();
  if (!needsConfirmation(outcome.body) || !accessToken() || hasToken(headers)) return outcome;
  return (await confirmationPrompt.open(REASON)) ? sendOperation() : outcome;
}

/** Confirm the identity. Returns null on success, or else why it failed. Throws ConnectionError when offline. */
export async function confirmIdentity(proof: Proof): Promise<Failure | null> {
  const { body } = await execute<DoneData>({ query: CONFIRM_IDENTITY, variables: proof });
  return body.data?.payload?.done ? null : readFailure(body);
}

/** Whether the user has a second factor. If that is not known, the server says it after the password was entered. */
export async function hasSecondFactor(): Promise<boolean> {
  const { body } = await execute<{ viewer: { twoFactor: { isEnabled: boolean } | null } | null }>({
    query: HAS_SECOND_FACTOR,
  });
  return body.data?.viewer?.twoFactor?.isEnabled ?? false;
}

// An operation of which a part succeeded is not sent again, because it has been executed.
function needsConfirmation({ data, errors }: Body<unknown>): boolean {
  const isRefused = errors?.some(({ extensions }) => extensions?.stepUp === true) ?? false;
  return isRefused && !Object.values(data ?? {}).some(value => value !== null);
}
