import { addedNames, hideExtensions } from '../server/hiddenExtensions';
import { send } from '../server/send';
import { type Body, isUnauthenticated, type Operation, type Outcome, type RequestOptions } from '../server/types';
import { accessToken, refreshIfExpired, refreshNow } from './refresh';
import { IMPERSONATION_ENDED, impersonation } from './state';
import { selectedTenant } from './tenant';

export type { Body, Extensions, GraphQLError, Operation, Outcome, RequestOptions, UserError } from '../server/types';
export { ConnectionError, isUnauthenticated } from '../server/types';

/** One run of an operation in the query view. */
export interface Run {
  operation: Operation;
  outcome: Outcome;
}

type RunListener = (run: Run) => void;
type HeaderSource = () => Record<string, string>;

const runListeners = new Set<RunListener>();
const headerSources = new Set<HeaderSource>();

/** Send an operation with the session's token and tenant. If the token is refused, refresh the session and send again. */
export async function execute<Data>(operation: Operation, options: RequestOptions = {}): Promise<Outcome<Data>> {
  const acting = impersonation.get();
  await refreshIfExpired();
  if (impersonation.get() !== acting) return impersonationEnded();
  const first = await sendWithSession<Data>(operation, options);
  if (!accessToken() || hasToken(options.headers) || !isRefused(first.body)) return first;
  const isContinued = (await refreshNow()) && !acting; // what was meant as a user is not sent as the superuser
  return isContinued ? sendWithSession<Data>(operation, options) : first;
}

/** Execute an operation of the query view, and pass its outcome to the listeners of `onOutcome`. What the listeners asked
 * for is shown by them, and not a part of the result. */
export async function run(operation: Operation, options: RequestOptions = {}): Promise<Outcome> {
  const added = Object.assign({}, ...[...headerSources].map(source => source()));
  const outcome = await execute(operation, { ...options, headers: { ...added, ...options.headers } });
  for (const listener of runListeners) listener({ operation, outcome });
  return { ...outcome, body: hideExtensions(outcome.body, addedNames(added, options.headers)) };
}

/** Call `listener` after each run in the query view. Returns the function to unsubscribe. */
export function onOutcome(listener: RunListener): () => void {
  runListeners.add(listener);
  return () => runListeners.delete(listener);
}

/** Add headers to each run in the query view. Returns the function to remove them. */
export function addRunHeaders(source: HeaderSource): () => void {
  headerSources.add(source);
  return () => headerSources.delete(source);
}

/** The headers of the session. Those in `given` have precedence; header names ignore case. */
export function sessionHeaders(given: Record<string, string> = {}): Record<string, string> {
  const names = new Set(Object.keys(given).map(name => name.toLowerCase()));
  const token = accessToken();
  const tenant = selectedTenant();
  return {
    ...(token && !names.has('authorization') && { Authorization: `Bearer ${token}` }),
    ...(tenant && !names.has('x-tenant') && !names.has('x-tenant-id') && { 'X-Tenant': tenant }),
    ...given,
  };
}

function sendWithSession<Data>(operation: Operation, options: RequestOptions): Promise<Outcome<Data>> {
  return send<Data>(operation, { ...options, headers: sessionHeaders(options.headers) });
}

function impersonationEnded<Data>(): Outcome<Data> {
  return {
    status: 0,
    headers: new Headers(),
    bytes: 0,
    durationMs: 0,
    body: { errors: [{ message: IMPERSONATION_ENDED }] },
  };
}

/** Whether the headers have a token of their own. Header names ignore case. */
export function hasToken(headers: Record<string, string> = {}): boolean {
  return Object.keys(headers).some(name => name.toLowerCase() === 'authorization');
}

// An operation of which a part succeeded is not sent again: it could be a mutation.
function isRefused(body: Body<unknown>): boolean {
  return isUnauthenticated(body) && !Object.values(body.data ?? {}).some(value => value !== null);
}
