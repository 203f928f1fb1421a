import type { Body } from './types';

// The extension that each header of the console asks for.
const EXTENSIONS: Record<string, string> = { 'x-graphql-cost': 'cost', 'x-trace': 'trace' };

/** The names of the headers that the console added, and the user did not. */
export function addedNames(added: Record<string, string>, own: Record<string, string> = {}): string[] {
  const names = new Set(Object.keys(own).map(name => name.toLowerCase()));
  return Object.keys(added)
    .map(name => name.toLowerCase())
    .filter(name => !names.has(name));
}

/** The body without the extensions that these headers asked for. */
export function hideExtensions<Data>(body: Body<Data>, headers: string[]): Body<Data> {
  if (!body.extensions) return body;
  const hidden = headers.map(name => EXTENSIONS[name]);
  const { extensions, ...rest } = body;
  const shown = Object.entries(extensions).filter(([name]) => !hidden.includes(name));
  return shown.length ? { ...rest, extensions: Object.fromEntries(shown) } : rest;
}
