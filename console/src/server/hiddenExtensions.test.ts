import { expect, test } from 'vitest';
import { addedNames, hideExtensions } from './hiddenExtensions';

const ADDED = { 'X-GraphQL-Cost': 'include', 'X-Trace': 'true' };
const BODY = { data: { a: 1 }, extensions: { cost: {}, trace: {}, other: 1 } };

test('hides what the console asked for, and nothing else', () => {
  expect(hideExtensions(BODY, addedNames(ADDED))).toEqual({ data: { a: 1 }, extensions: { other: 1 } });
  expect(hideExtensions({ data: null, extensions: { cost: {} } }, addedNames(ADDED))).toEqual({ data: null });
  expect(hideExtensions({ data: null }, addedNames(ADDED))).toEqual({ data: null });
});

test('shows what the user asked for in the headers editor', () => {
  const body = hideExtensions(BODY, addedNames(ADDED, { 'x-trace': 'true' }));
  expect(body.extensions).toEqual({ trace: {}, other: 1 });
});
