import { recordConnection, recordDisconnection } from './connection';
import { type Body, ConnectionError, type Operation, type Outcome, type RequestOptions } from './types';
import { endpointUrl } from './urls';

const HEADERS = { 'Content-Type': 'application/json', Accept: 'application/json' };

/** Send an operation as it is, without the session's headers. */
export async function send<Data>(operation: Operation, options: RequestOptions = {}): Promise<Outcome<Data>> {
  const start = performance.now();
  const { response, content } = await post(JSON.stringify(operation), options);
  return {
    status: response.status,
    headers: response.headers,
    bytes: content.byteLength,
    durationMs: performance.now() - start,
    body: decode<Data>(response, content),
  };
}

async function post(body: string, options: RequestOptions) {
  const { headers, signal, credentials = 'same-origin', endpoint = endpointUrl() } = options;
  try {
    const init = { method: 'POST', headers: { ...HEADERS, ...headers }, body, credentials };
    const response = await fetch(endpoint, { ...init, signal: signal ?? null });
    const content = await response.arrayBuffer();
    recordConnection();
    return { response, content };
  } catch (error) {
    if (signal?.aborted) throw error;
    recordDisconnection();
    throw new ConnectionError('The server cannot be reached. Check the connection, then try again.');
  }
}

function decode<Data>(response: Response, content: ArrayBuffer): Body<Data> {
  const text = new TextDecoder().decode(content);
  try {
    return JSON.parse(text) as Body<Data>;
  } catch {
    const message = `The server answered with status ${response.status} and no JSON.`;
    return { errors: [{ message: text ? `${message} ${text.slice(0, 200)}` : message }] };
  }
}
