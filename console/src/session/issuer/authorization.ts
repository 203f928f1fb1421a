import type { IssuerClient } from '../../server/serverInfo';
import { endpointUrl } from '../../server/urls';

/** What an authorization is for. */
export type Purpose = 'signIn' | 'confirm';

/** What to do after the sign-in, besides opening the console. */
export interface Target {
  /** The token of an invitation to accept with it. */
  invitationToken?: string;
  /** The path of the page to open. */
  page?: string;
}

/** An authorization that this tab has begun at an issuer, with what proves that. */
export interface Authorization {
  client: IssuerClient;
  purpose: Purpose;
  state: string;
  nonce: string;
  verifier: string;
  /** The view to return to. */
  hash: string;
  target: Target;
}

/** What the issuer has sent back: a code, or why there is none. */
export type Returned = { authorization: Authorization; code: string } | { problem: string };

const STORAGE_KEY = 'allotment:authorization';

/**
 * Begin an authorization (authorization code with PKCE). Returns the address of the issuer to open. What it stores is of no use
 * without the code (except the token of an invitation, for the person of its address), and is removed by the next page of the
 * console that this tab shows, whether the issuer has sent the browser there or the person has turned back.
 */
export async function beginAuthorization(client: IssuerClient, purpose: Purpose, target: Target = {}): Promise<string> {
  if (!globalThis.crypto?.subtle) throw new Error('Signing in with an issuer needs HTTPS.');
  const { state, nonce, verifier } = { state: randomText(), nonce: randomText(), verifier: randomText() };
  const parameters = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: endpointUrl(),
    scope: 'openid email profile',
    state,
    nonce: await hash(nonce), // the server gets the value itself, which the ID token does not contain
    code_challenge: await hash(verifier),
    code_challenge_method: 'S256',
    ...(purpose === 'confirm' && { prompt: 'login', max_age: '0' }),
  };
  const url = new URL(client.authorizationEndpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const authorization: Authorization = { client, purpose, state, nonce, verifier, hash: location.hash, target };
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(authorization));
  return url.href;
}

/** Read what an issuer has sent back with the address, and remove it from there; null if this page was opened otherwise. */
export function takeReturned(): Returned | null {
  const parameters = new URLSearchParams(location.search);
  const [state, code, error] = ['state', 'code', 'error'].map(name => parameters.get(name));
  if (!state || !(code || error)) return null;
  const authorization = takeAuthorization();
  history.replaceState(null, '', location.pathname + (authorization?.hash ?? location.hash));
  if (authorization?.state !== state)
    return { problem: 'This sign-in was not begun in this tab, or is over already. Begin it again.' };
  const { name, issuer } = authorization.client;
  if ((parameters.get('iss') ?? issuer) !== issuer) return { problem: 'Another issuer has answered. Begin it again.' };
  if (code) return { authorization, code };
  const reason =
    error === 'access_denied' ? 'It was cancelled or denied there.' : describe(parameters.get.bind(parameters));
  return { problem: `${name} did not authenticate you. ${reason}` };
}

/** Remove what an authorization has stored, also when the browser shows this page again without loading it. */
export function discardAuthorization(): void {
  takeAuthorization();
  addEventListener('pageshow', ({ persisted }) => persisted && takeAuthorization());
}

/** Exchange the code for an ID token. Throws an error that says what to do if the issuer refuses or cannot be reached. */
export async function exchangeCode({ client, verifier }: Authorization, code: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: endpointUrl(),
    client_id: client.clientId,
    code_verifier: verifier,
  });
  const { status, answer } = await post(client, body);
  if (typeof answer.id_token === 'string') return answer.id_token;
  const reason = describe(name => (typeof answer[name] === 'string' ? answer[name] : null));
  throw new Error(`${client.name} did not accept the code (status ${status}). ${reason}`);
}

async function post(client: IssuerClient, body: URLSearchParams) {
  try {
    const headers = { Accept: 'application/json' };
    const init: RequestInit = { method: 'POST', body, headers, credentials: 'omit', redirect: 'error' };
    const response = await fetch(client.tokenEndpoint, init);
    const answer = (await response.json()) as Record<string, unknown> | null;
    return { status: response.status, answer: answer ?? {} };
  } catch {
    throw new Error(
      `${client.name} cannot be reached, or does not permit this page to exchange codes (CORS). Try again later.`,
    );
  }
}

function describe(get: (name: string) => string | null): string {
  return (get('error_description') ?? get('error') ?? 'It gave no reason.').slice(0, 200);
}

function takeAuthorization(): Authorization | null {
  try {
    const stored = sessionStorage.getItem(STORAGE_KEY);
    sessionStorage.removeItem(STORAGE_KEY);
    return stored ? (JSON.parse(stored) as Authorization) : null;
  } catch {
    return null; // storage is disabled
  }
}

function randomText(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

async function hash(text: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
