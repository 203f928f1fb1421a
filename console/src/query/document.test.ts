// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { operationOfAddress } from './document';

test('reads the operation of a link', () => {
  const search = `?query=${encodeURIComponent('query A { a }')}&variables=${encodeURIComponent('{"x":1}')}&operationName=A`;
  expect(operationOfAddress(search)).toEqual({ query: 'query A { a }', variables: '{"x":1}', operationName: 'A' });
});

test('there is none without a query', () => {
  expect(operationOfAddress('')).toBeNull();
  expect(operationOfAddress('?variables={}')).toBeNull();
});
