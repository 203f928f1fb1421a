import { describe, expect, test, vi } from 'vitest';
import { createStorage, filterStored } from './storage';

const SECRET = 'correct-horse';
const LOGIN = { query: `mutation { login(input: {password: "${SECRET}"}) { done } }`, variables: null };
const WITH_VARIABLES = { query: 'query A($password: String!) { a }', variables: `{"password": "${SECRET}"}` };
const RENAMED = {
  query: 'mutation A($p: String!) { login(input: {password: $p}) { done } }',
  variables: `{"p": "${SECRET}"}`,
};
const PLAIN = { query: '{ viewer { id } }', variables: '{"a": 1}', operationName: 'A' };
const HEADERS = `{"Authorization": "Bearer ${SECRET}"}`;

describe('history', () => {
  test('has no operation with secrets, and no headers', () => {
    const operations = [LOGIN, { ...PLAIN, headers: HEADERS }, WITH_VARIABLES, RENAMED];
    for (const name of ['queries', 'favorites']) {
      const stored = filterStored(`graphiql:${name}`, JSON.stringify({ [name]: operations }));
      expect(JSON.parse(stored ?? '')).toEqual({ [name]: [PLAIN] });
    }
  });
});

describe('tabs', () => {
  test('stay, with placeholders for secrets and without headers', () => {
    const state = { activeTabIndex: 1, tabs: [LOGIN, { ...PLAIN, headers: HEADERS }, WITH_VARIABLES, RENAMED] };
    const stored = filterStored('graphiql:tabState', JSON.stringify(state)) ?? '';
    expect(stored).not.toContain(SECRET);
    const { tabs, activeTabIndex } = JSON.parse(stored);
    expect(activeTabIndex).toBe(1);
    expect(tabs).toHaveLength(4);
    expect(tabs[1]).toEqual({ ...PLAIN, headers: null });
    expect(JSON.parse(tabs[2].variables)).toEqual({ password: '<password>' });
    expect(JSON.parse(tabs[3].variables)).toEqual({ p: '<password>' });
  });
});

test('headers, unknown formats of operations and other values', () => {
  expect(filterStored('graphiql:headers', HEADERS)).toBeNull();
  expect(filterStored('graphiql:queries', 'no JSON')).toBeNull();
  expect(filterStored('graphiql:tabState', '[]')).toBeNull();
  expect(filterStored('graphiql:query', LOGIN.query)).not.toContain(SECRET);
  expect(filterStored('graphiql:theme', 'dark')).toBe('dark');
});

test('the storage applies the filter, and removes what may not be stored', () => {
  const before = ['headers', 'variables'].map(name => [`allotment:graphiql:${name}`, SECRET] as [string, string]);
  const stored = new Map(before);
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
  const storage = createStorage();
  storage.setItem('graphiql:headers', HEADERS);
  storage.setItem('graphiql:variables', RENAMED.variables);
  expect([...stored.keys()]).toEqual([]);
});
