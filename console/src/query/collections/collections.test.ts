import { expect, test } from 'vitest';
import { COLLECTIONS, readTitle } from '.';

const FILES = import.meta.glob('./*/*');

test('every file belongs to an example', () => {
  const examples = COLLECTIONS.flatMap(collection => collection.examples);
  const parts = examples.reduce((sum, { variables, fill }) => sum + 1 + (variables ? 1 : 0) + (fill ? 1 : 0), 0);
  expect(Object.keys(FILES)).toHaveLength(parts);
});

test('examples have a title of their own and a description', () => {
  for (const { domain, examples } of COLLECTIONS) {
    expect(examples.length, domain).toBeGreaterThan(0);
    expect(new Set(examples.map(example => example.title)).size).toBe(examples.length);
    for (const example of examples) expect(example.description, example.title).not.toBe('');
  }
});

test('variables are JSON, and placeholders have a query for their values', () => {
  for (const { variables, fill, title } of COLLECTIONS.flatMap(collection => collection.examples)) {
    if (variables) expect(JSON.parse(variables), title).toBeTypeOf('object');
    expect(/"\{[\w.]+\}"/.test(variables ?? ''), title).toBe(fill !== undefined);
  }
});

test('titles are names of operations in words', () => {
  expect(readTitle('# Comment\nmutation PlaceOrder($a: Int) { a }')).toBe('Place order');
  expect(readTitle('{ a }')).toBe('Query');
});
