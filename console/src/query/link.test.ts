import { describe, expect, test } from 'vitest';
import { isRedacted, linkTo, MAX_LINK_LENGTH } from './link';

const PAGE = 'https://api.example.com/graphql?query=old#/data/tasks';

describe('linkTo', () => {
  test('opens the same operation', () => {
    const operation = {
      query: 'query A($x: String) {\n  a(b: "&#?=+ ü%") # note\n}',
      variables: { x: '&"' },
      operationName: 'A',
    };
    const { link } = linkTo(operation, PAGE);
    const values = new URL(link ?? '').searchParams;
    expect(values.get('query')).toBe(operation.query);
    expect(JSON.parse(values.get('variables') ?? '')).toEqual(operation.variables);
    expect(values.get('operationName')).toBe('A');
    expect(new URL(link ?? '').hash).toBe('');
  });

  test('has only what the operation has', () => {
    expect(linkTo({ query: '{ a }', variables: {} }, PAGE).link).toBe(
      'https://api.example.com/graphql?query=%7B+a+%7D',
    );
  });

  test('has no secrets', () => {
    const operation = { query: '{ a(token: "eyJ0") }', variables: { password: 'eyJ1', other: 'z' } };
    const { link } = linkTo(operation, PAGE);
    expect(link).not.toMatch(/eyJ/);
    expect(isRedacted(operation)).toBe(true);
    expect(isRedacted({ query: '{ a }', variables: { other: 'z' } })).toBe(false);
  });

  test('has no value of a variable that is used as a secret', () => {
    const query = 'mutation A($e: String!, $p: String!) { login(input: {email: $e, password: $p}) { done } }';
    const operation = { query, variables: { e: 'a@b', p: 'correct-horse' } };
    const { link } = linkTo(operation, PAGE);
    expect(link).not.toContain('correct-horse');
    expect(JSON.parse(new URL(link ?? '').searchParams.get('variables') ?? '')).toEqual({ e: 'a@b', p: '<password>' });
    expect(isRedacted(operation)).toBe(true);
  });

  test('is refused if it is too long', () => {
    const { link, problem } = linkTo({ query: `{ a(b: "${'x'.repeat(MAX_LINK_LENGTH)}") }` }, PAGE);
    expect(link).toBeNull();
    expect(problem).toContain('at most 8,000');
  });
});
