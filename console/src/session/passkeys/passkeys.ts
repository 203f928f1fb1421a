import { send } from '../../server/send';
import type { Body, UserError } from '../../server/types';
import { confirmIdentity, sendConfirmed } from '../confirmation';
import { type Failure, readFailure, SIGN_IN_WITH_PASSKEY } from '../operations';
import { execute } from '../request';
import { replaceSession } from '../session';

const START_LOGIN = `mutation ConsoleStartPasskeyLogin {
  payload: startPasskeyLogin { options userErrors { code message } }
}`;
const START_CONFIRMATION = `mutation ConsoleStartPasskeyConfirmation {
  payload: startPasskeyConfirmation { options userErrors { code message } }
}`;
const START_REGISTRATION = `mutation ConsoleStartPasskeyRegistration {
  payload: startPasskeyRegistration { options userErrors { code message } }
}`;
const ADD = `mutation ConsoleAddPasskey($input: AddPasskeyInput!) {
  payload: addPasskey(input: $input) { passkey { id } userErrors { code message } }
}`;

type Payload<Rest> = { payload: ({ userErrors: Pick<UserError, 'code' | 'message'>[] } & Rest) | null };
type StartData<Options> = Payload<{ options: Options | null }>;

/** Sign in with a passkey that the person chooses. Returns null on success, or else why it failed. */
export async function signInWithPasskey(): Promise<Failure | null> {
  const { body } = await send<StartData<PublicKeyCredentialRequestOptionsJSON>>({ query: START_LOGIN });
  const credential = await use(body);
  return 'message' in credential ? credential : signInWithAnswer(credential);
}

/**
 * Wait until the person chooses a passkey in the autofill of a field. Returns what the authenticator answers; null if the browser
 * or the server does not offer that, or if `signal` ends it.
 */
export async function choosePasskey(signal: AbortSignal): Promise<object | null> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.()) || signal.aborted) return null;
  const { body } = await send<StartData<PublicKeyCredentialRequestOptionsJSON>>({ query: START_LOGIN });
  if (signal.aborted) return null;
  const answer = await use(body, { mediation: 'conditional', signal });
  return 'message' in answer || signal.aborted ? null : answer;
}

/** Sign in with what the authenticator has answered. Returns null on success, or else why it failed. */
export function signInWithAnswer(credential: object): Promise<Failure | null> {
  return replaceSession({ query: SIGN_IN_WITH_PASSKEY, variables: { credential } });
}

/** Confirm who the signed-in user is with one of their passkeys. */
export async function confirmWithPasskey(): Promise<Failure | null> {
  const { body } = await execute<StartData<PublicKeyCredentialRequestOptionsJSON>>({ query: START_CONFIRMATION });
  const credential = await use(body);
  return 'message' in credential ? credential : confirmIdentity({ passkey: credential });
}

/** Create a passkey and add it to the signed-in user, who may have to confirm who they are first. */
export async function addPasskey(name: string): Promise<Failure | null> {
  const begun = await sendConfirmed(() =>
    execute<StartData<PublicKeyCredentialCreationOptionsJSON>>({ query: START_REGISTRATION }),
  );
  const options = begun.body.data?.payload?.options;
  if (!options) return readFailure(begun.body);
  const credential = await ask(() =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  );
  if ('message' in credential) return credential;
  const operation = { query: ADD, variables: { input: { credential, name } } };
  const { body } = await sendConfirmed(() => execute<Payload<{ passkey: { id: string } | null }>>(operation));
  return body.data?.payload?.passkey ? null : readFailure(body);
}

async function use(
  body: Body<StartData<PublicKeyCredentialRequestOptionsJSON>>,
  request: CredentialRequestOptions = {},
): Promise<Failure | object> {
  const options = body.data?.payload?.options;
  if (!options) return readFailure(body);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return ask(() => navigator.credentials.get({ ...request, publicKey }));
}

// Returns what the authenticator answers, as JSON, or why there is no answer.
async function ask(request: () => Promise<Credential | null>): Promise<Failure | object> {
  try {
    const credential = await request();
    if (credential instanceof PublicKeyCredential) return credential.toJSON() as object;
    return failure('The browser returned no passkey.');
  } catch (error) {
    return failure(describe(error));
  }
}

function failure(message: string): Failure {
  return { code: null, message };
}

function describe(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError') return 'No passkey was used: it was cancelled, took too long, or there is none.';
  if (name === 'InvalidStateError') return 'This device has a passkey of yours already.';
  if (name === 'SecurityError')
    return 'Passkeys of this server cannot be used at this address. Open it at its own name.';
  return error instanceof Error ? error.message : String(error);
}
