// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let schemaHash: string | null = 'a';
let introspections = 0;
let fails = false;

beforeEach(() => {
  vi.resetModules(); // a new cache for each test
  introspections = 0;
  fails = false;
  vi.stubGlobal('fetch', async (url: string | URL, init?: RequestInit) => {
    if (String(url).includes('server.json')) return new Response(JSON.stringify({ schemaHash }));
    if (String(init?.body).includes('IntrospectionQuery')) introspections += 1;
    return new Response(
      JSON.stringify(fails ? { errors: [{ message: 'no' }] } : { data: { __schema: introspections } }),
    );
  });
});

afterEach(() => vi.unstubAllGlobals());

async function load(hash: string | null): Promise<unknown> {
  schemaHash = hash;
  const { loadServerInfo, serverInfo } = await import('../server/serverInfo');
  loadServerInfo();
  await vi.waitFor(() => expect(serverInfo()).toEqual({ schemaHash: hash }));
  const { loadIntrospection } = await import('./introspection');
  return (await loadIntrospection()).__schema;
}

test('the schema is requested once, and again when the server has another one', async () => {
  expect([await load('a'), await load('a'), await load('b'), await load('b')]).toEqual([1, 1, 2, 2]);
});

test('a schema that was requested before the server described itself is not requested again', async () => {
  const { loadIntrospection } = await import('./introspection');
  await loadIntrospection();
  expect([await load('a'), await load('b'), await load(null), await load('b')]).toEqual([1, 2, 2, 2]);
});

test('a failed request is repeated by the next call', async () => {
  fails = true;
  await expect(load('a')).rejects.toThrow('no');
  fails = false;
  expect(await load('a')).toBe(2);
});
