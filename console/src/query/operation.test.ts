import { expect, test } from 'vitest';
import { isLive, resolveOperation } from './operation';

test('finds the operation by name, and the only one without', () => {
  expect(resolveOperation('query A { a } query B { b }', 'B').operationName).toBe('B');
  expect(resolveOperation('query A { a }', 'Old').operationName).toBe('A');
  expect(resolveOperation('{ a }').operationName).toBeUndefined();
});

test('leaves a syntax error to the server', () => {
  expect(resolveOperation('{', 'A')).toEqual({ operationName: 'A' });
});

test('subscriptions and live queries have several results', () => {
  const live = (query: string) => isLive(resolveOperation(query).definition);
  expect(live('subscription S { a }')).toBe(true);
  expect(live('query Q @live { a }')).toBe(true);
  expect(live('query Q { a }')).toBe(false);
  expect(live('{')).toBe(false);
});
