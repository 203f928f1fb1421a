import { expect, test } from 'vitest';
import { fillIn } from './fill';

const DATA = { tasks: { nodes: [{ id: 'task_1', version: 3 }] } };

test('replaces placeholders at any depth by the values of the data, with their type', () => {
  const variables = { input: [{ id: '{tasks.nodes.0.id}' }], version: '{tasks.nodes.0.version}', text: 'a {b} c' };
  expect(fillIn(variables, DATA)).toEqual({ input: [{ id: 'task_1' }], version: 3, text: 'a {b} c' });
});

test('leaves placeholders without a value as they are', () => {
  for (const data of [null, undefined, {}, { tasks: { nodes: [] } }, { tasks: null }]) {
    expect(fillIn({ id: '{tasks.nodes.0.id}' }, data)).toEqual({ id: '{tasks.nodes.0.id}' });
  }
});

test('does not read inherited properties', () => {
  expect(fillIn('{constructor.name}', {})).toBe('{constructor.name}');
});
