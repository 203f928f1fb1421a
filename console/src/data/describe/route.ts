import type { Where } from './filters';
import type { Criterion } from './orders';

/** The number of objects on a page, unless the address says otherwise. */
export const PAGE_SIZE = 20;

/** The noun in the address of an object whose type is not known. */
export const UNKNOWN_NOUN = '-';

/** A list with its filter, order and page. */
export type ListRoute = {
  view: 'list';
  noun: string;
  where: Where | null;
  order: Criterion[];
  flags: string[];
  size: number;
  after?: string;
  before?: string;
};

/** An object, at present or in the past. Its noun may be `UNKNOWN_NOUN`. */
export type ObjectRoute = { view: 'object'; noun: string; id: string; asOf?: string; flags: string[] };

/** What the address of the data browser shows. */
export type DataRoute = { view: 'nouns' } | ListRoute | ObjectRoute;

/** Read the address of the data browser from the segments and parameters of the hash: `#/data/tasks?where=…`. */
export function readRoute(segments: readonly string[], parameters: URLSearchParams): DataRoute {
  const [, noun, id] = segments;
  const flags = parameters.get('flags')?.split(',').filter(Boolean) ?? [];
  if (!noun) return { view: 'nouns' };
  if (id) return { view: 'object', noun, id, ...optional('asOf', parameters.get('asOf')), flags };
  return {
    view: 'list',
    noun,
    where: readJson(parameters.get('where'), isObject) ?? null,
    order: readJson(parameters.get('order'), isListOfObjects) ?? [],
    flags,
    size: readSize(parameters.get('size')),
    ...optional('after', parameters.get('after')),
    ...optional('before', parameters.get('before')),
  };
}

/** The address of a list. */
export function listPath(route: Omit<Partial<ListRoute>, 'view'> & { noun: string }): string {
  const parameters = new URLSearchParams();
  if (route.where) parameters.set('where', JSON.stringify(route.where));
  if (route.order?.length) parameters.set('order', JSON.stringify(route.order));
  if (route.flags?.length) parameters.set('flags', route.flags.join(','));
  if (route.size && route.size !== PAGE_SIZE) parameters.set('size', String(route.size));
  if (route.after) parameters.set('after', route.after);
  if (route.before) parameters.set('before', route.before);
  return withSearch(`/data/${encodeURIComponent(route.noun)}`, parameters);
}

/** The address of an object. */
export function objectPath(noun: string, id: string, options: { asOf?: string; flags?: string[] } = {}): string {
  const parameters = new URLSearchParams();
  if (options.asOf) parameters.set('asOf', options.asOf);
  if (options.flags?.length) parameters.set('flags', options.flags.join(','));
  return withSearch(`/data/${encodeURIComponent(noun)}/${encodeURIComponent(id)}`, parameters);
}

function withSearch(path: string, parameters: URLSearchParams): string {
  const search = parameters.toString();
  return search ? `${path}?${search}` : path;
}

function readSize(text: string | null): number {
  const size = Number(text ?? PAGE_SIZE);
  return Number.isInteger(size) && size >= 1 && size <= 100 ? size : PAGE_SIZE;
}

function readJson<T>(text: string | null, check: (value: unknown) => value is T): T | undefined {
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Where {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOfObjects(value: unknown): value is Criterion[] {
  return Array.isArray(value) && value.every(isObject);
}

function optional<K extends string>(name: K, value: string | null): { [key in K]?: string } {
  return (value ? { [name]: value } : {}) as { [key in K]?: string };
}
