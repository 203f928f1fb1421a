import { describe, expect, test } from 'vitest';
import { FORMATS, writeSnippet } from './formats';
import { literal } from './python';
import type { SnippetRequest } from './types';

const URL = 'https://api.example.com/graphql';
const TOKEN = 'eyJhbGciOi.secret-token';
const ATTACKS = [
  "'; touch /tmp/owned; '",
  '$(touch /tmp/owned)',
  '`touch /tmp/owned`',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it must not become a placeholder
  '\\${process.exit(1)}\\',
  '"""\n__import__("os")\n"""',
  '\r\n\u2028!!',
];

function request(changes: Partial<SnippetRequest> = {}): SnippetRequest {
  const operation = { query: '{ viewer { id } }' };
  return { url: URL, operation, type: 'query', headers: {}, hasToken: true, ...changes };
}

describe.each(FORMATS)('$name', format => {
  test('has the operation and its variables, and a variable instead of the token', () => {
    const operation = { query: 'query A { a }', variables: { first: 5 }, operationName: 'A' };
    const text = writeSnippet(format, request({ operation, headers: { 'X-Tenant': 'demo' } }));
    expect(text).toContain('query A { a }');
    expect(text).toMatch(/"first": ?5/);
    expect(text).toContain('ALLOTMENT_TOKEN');
    expect(text).toMatch(/X-Tenant"?: "?demo/);
  });

  test('never has a token, a cookie or another secret', () => {
    const headers = { authorization: `Bearer ${TOKEN}`, Cookie: TOKEN, 'X-Api-Key': TOKEN };
    const query = `mutation A($password: String, $p: String) { login(token: "${TOKEN}", secret: $p) { id } }`;
    const variables = { password: TOKEN, p: 'correct-horse', input: { refreshToken: TOKEN } };
    const operation = { query, variables, operationName: 'A' };
    const text = writeSnippet(format, request({ operation, headers, hasToken: false, type: 'mutation' }));
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain('correct-horse');
    expect(text).toContain('<password>');
    expect(text).toContain('ALLOTMENT_TOKEN');
  });

  test('has no token and no note about it if there is none', () => {
    expect(writeSnippet(format, request({ hasToken: false }))).not.toMatch(/token|Authorization/i);
  });

  test('has only the operation that is meant', () => {
    const query = 'query A { ...F } query B { b } fragment F on Query { a }';
    const text = writeSnippet(format, request({ operation: { query, operationName: 'A' } }));
    expect(text).toContain('fragment F');
    expect(text).not.toContain('query B');
  });
});

// Runs the snippet as a function of `fetch`, and returns what it sent.
async function runFetch(text: string): Promise<[string, { headers: Record<string, string>; body: string }]> {
  const calls: unknown[][] = [];
  const fetch = async (...call: unknown[]) => {
    calls.push(call);
    return { json: async () => ({}) };
  };
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  await new AsyncFunction('fetch', 'process', 'console', text)(fetch, { env: {} }, { log: () => undefined });
  return calls[0] as [string, { headers: Record<string, string>; body: string }];
}

test.each(ATTACKS)('fetch sends %j as it is', async attack => {
  const query = `{ a(b: ${JSON.stringify(attack)}) }`;
  const operation = { query, variables: { attack, [attack]: 1 } };
  const text = writeSnippet({ ...formatNamed('fetch') }, request({ operation, headers: { 'X-Note': attack } }));
  const [url, { headers, body }] = await runFetch(text);
  expect(url).toBe(URL);
  expect(JSON.parse(body).query.trim()).toBe(query);
  expect(JSON.parse(body).variables).toEqual(operation.variables);
  expect(headers['X-Note']).toBe(attack.replaceAll(/[\r\n]+/g, ' '));
});

test('curl quotes what a shell would execute', () => {
  const operation = { query: `{ a(b: "'; $(x) \`x\`") }` };
  const text = writeSnippet(formatNamed('cURL'), request({ operation, hasToken: false, headers: { A: "'b'" } }));
  expect(text).toContain(`--header 'A: '\\''b'\\'''`);
  expect(text).toContain(`'{"query":"{ a(b: \\"'\\''; $(x) \`x\`\\") }"}'`);
});

test('curl reads a stream of results', () => {
  const operation = { query: 'subscription { a }' };
  const text = writeSnippet(formatNamed('cURL'), request({ operation, type: 'subscription' }));
  expect(text).toContain('curl --no-buffer');
  expect(text).toContain("'Accept: text/event-stream'");
});

test('headers with invalid names are left out', () => {
  const text = writeSnippet(formatNamed('Python'), request({ headers: { 'a b': 'c', 'X"\n': 'd', 'X-Good': 'e' } }));
  expect(text).toContain('X-Good');
  expect(text).not.toMatch(/a b|X\\"/);
});

test('literals of Python', () => {
  expect(literal({ a: [true, false, null, 1.5, 'x"'], b: {} })).toBe(
    '{"a": [True, False, None, 1.5, "x\\""], "b": {}}',
  );
});

function formatNamed(name: string) {
  const format = FORMATS.find(each => each.name === name);
  if (!format) throw new Error(name);
  return format;
}
