// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { operationOfAddress, operationStart, readTabs } from './document';

test('reads the operation of a link', () => {
  const search = `?query=${encodeURIComponent('query A { a }')}&variables=${encodeURIComponent('{"x":1}')}&operationName=A`;
  expect(operationOfAddress(search)).toEqual({ query: 'query A { a }', variables: '{"x":1}', operationName: 'A' });
});

test('there is none without a query', () => {
  expect(operationOfAddress('')).toBeNull();
  expect(operationOfAddress('?variables={}')).toBeNull();
});

test('a link opens at the operation that it names', () => {
  const query = 'query A { a } query B { b }';
  expect(operationStart({ query, operationName: 'B' })).toBe(query.indexOf('query B'));
  expect(operationStart({ query, operationName: 'C' })).toBe(0);
  expect(operationStart({ query })).toBe(0);
});

test('reads the active tab of GraphiQL', () => {
  const tabs = [{ query: '{ a }' }, { query: '{ b }', variables: '{}' }];
  expect(readTabs({ tabs, activeTabIndex: 1 })).toEqual({ query: '{ b }', variables: '{}', headers: '' });
});

test.each([
  null,
  [],
  { tabs: {} },
  { tabs: [], activeTabIndex: 0 },
  { tabs: [null], activeTabIndex: 0 },
  { tabs: [{ query: { a: 1 } }], activeTabIndex: 0 },
  { tabs: [{ query: '{ a }' }], activeTabIndex: 'length' },
])('reads nothing of %j', state => {
  expect(readTabs(state)).toBeNull();
});
