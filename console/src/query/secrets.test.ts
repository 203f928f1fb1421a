import { describe, expect, test } from 'vitest';
import { hasSecrets, redactQuery, redactValue, redactVariables } from './secrets';

describe('redactQuery', () => {
  test.each([
    ['{ a(password: "x") }', '{ a(password: "<password>") }'],
    ['{ a(input: {newPassword: "x", name: "y"}) }', '{ a(input: {newPassword: "<newPassword>", name: "y"}) }'],
    ['{ a(password: # note\n "x") }', '{ a(password: # note\n "<password>") }'],
    ['{ a(tokens: ["x", "y"], b: "z") }', '{ a(tokens: ["<tokens>", "<tokens>"], b: "z") }'],
    ['{ a(secret: """x\n"y" """) }', '{ a(secret: "<secret>") }'],
    [
      'query A($password: String! = "x", $b: String = "y") { a }',
      'query A($password: String! = "<password>", $b: String = "y") { a }',
    ],
    ['{ a(secret: {in: ["x"]}, b: "y") }', '{ a(secret: {in: ["<secret>"]}, b: "y") }'],
  ])('replaces the texts of %s', (query, expected) => {
    expect(redactQuery(query)).toBe(expected);
  });

  test.each([
    '{ a(name: "password") }',
    'mutation A($password: String!) { login(password: $password, b: "y") { accessToken } }',
    'mutation { login(input: {refreshTokenIn: COOKIE, email: "x"}) { token: accessToken } }',
    '{ unfinished(name: "x" ',
  ])('leaves %s as it is', query => {
    expect(redactQuery(query)).toBe(query);
  });

  test('returns nothing of a text that names a secret and cannot be read', () => {
    expect(redactQuery('{ a(password: "x')).toBe('');
  });
});

describe('redactVariables', () => {
  test('replaces texts with the name of a secret, at any depth', () => {
    const redacted = redactVariables('{"input": {"password": "x", "tokens": ["y"], "name": "z"}}');
    expect(JSON.parse(redacted)).toEqual({ input: { password: '<password>', tokens: ['<tokens>'], name: 'z' } });
  });

  test('leaves the format of other variables', () => {
    expect(redactVariables('{"a" :1}')).toBe('{"a" :1}');
    expect(redactVariables('{"token" :null}')).toBe('{"token" :null}');
    expect(redactVariables('{"a')).toBe('{"a');
  });

  test('returns nothing of a text that names a secret and cannot be read', () => {
    expect(redactVariables('{"password": "x')).toBe('');
  });
});

test('redactValue replaces what is inside of a secret', () => {
  expect(redactValue({ secrets: { first: 'x' }, a: ['y'] })).toEqual({ secrets: { first: '<secrets>' }, a: ['y'] });
});

test('hasSecrets is true of secrets in the query or in the variables', () => {
  expect(hasSecrets('{ a }', '{"b": 1}')).toBe(false);
  expect(hasSecrets('{ a(token: "x") }', '')).toBe(true);
  expect(hasSecrets('{ a }', '{"token": "x"}')).toBe(true);
});
