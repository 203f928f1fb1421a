import type { Body, Outcome, RequestOptions } from '../server/types';
import { CONFIRM_IDENTITY, CONFIRMATION_METHODS, type DoneData, type Failure, readFailure } from './operations';
import { createPrompt } from './prompt';
import { accessToken } from './refresh';
import { execute, hasToken } from './request';

/** What confirms the identity: what the user enters, the answer of a passkey, or an ID token of a linked issuer. */
export type Proof =
  | { code: string }
  | { currentPassword: string }
  | { passkey: object }
  | { idToken: string; nonce: string; code?: string };

/** What the user can confirm their identity with. */
export interface ConfirmationMethods {
  /** Whether a code is needed, instead of the password. */
  needsCode: boolean;
  /** The issuers of linked accounts. */
  issuers: string[];
  hasPasskey: boolean;
}

/** The dialog to confirm the identity of the signed-in user. */
export const confirmationPrompt = createPrompt();

interface MethodsData {
  viewer: {
    twoFactor: { isEnabled: boolean } | null;
    linkedIssuers: { nodes: { issuer: string }[] } | null;
    passkeys: { totalCount: number } | null;
  } | null;
}

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
  const { body } = await execute<DoneData>({ query: CONFIRM_IDENTITY, variables: { input: proof } });
  return body.data?.payload?.done ? null : readFailure(body);
}

/** What the user can confirm with. If a second factor is not known, the server says it after the password was entered. */
export async function loadConfirmationMethods(): Promise<ConfirmationMethods> {
  const { body } = await execute<MethodsData>({ query: CONFIRMATION_METHODS });
  const viewer = body.data?.viewer;
  const issuers = viewer?.linkedIssuers?.nodes.map(({ issuer }) => issuer) ?? [];
  const hasPasskey = (viewer?.passkeys?.totalCount ?? 0) > 0;
  return { needsCode: viewer?.twoFactor?.isEnabled ?? false, issuers, hasPasskey };
}

// An operation of which a part succeeded is not sent again, because it has been executed.
function needsConfirmation({ data, errors }: Body<unknown>): boolean {
  const isRefused = errors?.some(({ extensions }) => extensions?.stepUp === true) ?? false;
  return isRefused && !Object.values(data ?? {}).some(value => value !== null);
}
