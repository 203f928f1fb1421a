import { describe, expect, test } from 'vitest';
import { hasSecrets, redactOperation, redactQuery, redactVariables } from './secrets';

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
    ['{ a(apiKey: "x", api_key: "y") }', '{ a(apiKey: "<apiKey>", api_key: "<api_key>") }'],
    ['{ a(b: "allot_1", c: ["eyJ1"], d: "Bearer eyJ1") }', '{ a(b: "<secret>", c: ["<secret>"], d: "<secret>") }'],
    [
      'query A($p: String = "x", $q: String = "y") { a(input: {password: $p}, b: $q) }',
      'query A($p: String = "<password>", $q: String = "y") { a(input: {password: $p}, b: $q) }',
    ],
    [
      '{ a } # a(password: "x")\n# a token\n#eyJ1',
      '{ a } # removed: it may contain a secret\n# a token\n# removed: it may contain a secret',
    ],
  ])('replaces the texts of %s', (query, expected) => {
    expect(redactQuery(query)).toBe(expected);
  });

  test.each([
    '{ a(name: "password") }',
    'mutation A($password: String!) { login(password: $password, b: "y") { accessToken } }',
    'mutation { login(input: {refreshTokenIn: COOKIE, email: "x"}) { token: accessToken } }',
    '{ unfinished(name: "x" ',
    '{ a(apiKeyId: "x") }',
  ])('leaves %s as it is', query => {
    expect(redactQuery(query)).toBe(query);
  });

  test('returns nothing of a text that names a secret and cannot be read', () => {
    expect(redactQuery('{ a(password: "x')).toBe('');
    expect(redactQuery('{ a(b: "eyJ1')).toBe('');
  });
});

describe('redactVariables', () => {
  test('replaces texts with the name of a secret, at any depth', () => {
    const redacted = redactVariables('{"input": {"password": "x", "tokens": ["y"], "name": "z"}}', '{ a }');
    expect(JSON.parse(redacted)).toEqual({ input: { password: '<password>', tokens: ['<tokens>'], name: 'z' } });
  });

  test.each([
    ['mutation A($e: String!, $p: String!) { login(input: {email: $e, password: $p}) { done } }', '<password>'],
    ['mutation A($e: String!, $p: String!) { a(email: $e, token: $p) }', '<token>'],
    ['mutation A($e: String!, $p: [String!]!) { a(email: $e, where: {secret: {in: [$p]}}) }', '<secret>'],
  ])('replaces variables that are used as a secret in %s', (query, expected) => {
    expect(JSON.parse(redactVariables('{"e": "x", "p": "y"}', query))).toEqual({ e: 'x', p: expected });
    expect(redactVariables('{"e": "x", "p": "y', query)).toBe('');
  });

  test.each(['allot_x', 'letter_x', 'refresh_x', 'whsec_x', 'eyJx'])('replaces %s under each name', value => {
    expect(JSON.parse(redactVariables(JSON.stringify({ a: [value], b: 'x' }), '{ a }'))).toEqual({
      a: ['<a>'],
      b: 'x',
    });
    expect(redactVariables(`{"a": "${value}`, '{ a }')).toBe('');
  });

  test('replaces every text if the query cannot be read and names a secret', () => {
    expect(JSON.parse(redactVariables('{"p": "x", "n": 1}', '{ a(password: $p, b: "'))).toEqual({ p: '<p>', n: 1 });
  });

  test('leaves the format of other variables', () => {
    expect(redactVariables('{"a" :1}', '{ a }')).toBe('{"a" :1}');
    expect(redactVariables('{"token" :null}', '{ a }')).toBe('{"token" :null}');
    expect(redactVariables('{"a', '{ a }')).toBe('{"a');
    expect(redactVariables('', 'mutation A($p: String) { a(password: $p) }')).toBe('');
  });

  test('returns nothing of a text that names a secret and cannot be read', () => {
    expect(redactVariables('{"password": "x', '{ a }')).toBe('');
  });
});

test('redactOperation replaces secrets in the query and in the variables', () => {
  const query = 'query A($p: String) { a(password: $p, token: "x") }';
  const variables = { p: 'x', secrets: { first: 'x' }, a: ['y'] };
  expect(redactOperation({ query, variables, operationName: 'A' })).toEqual({
    query: 'query A($p: String) { a(password: $p, token: "<token>") }',
    variables: { p: '<password>', secrets: { first: '<secrets>' }, a: ['y'] },
    operationName: 'A',
  });
});

test('hasSecrets is true of secrets in the query or in the variables', () => {
  expect(hasSecrets('{ a }', '{"b": 1}')).toBe(false);
  expect(hasSecrets('{ a(token: "x") }', '')).toBe(true);
  expect(hasSecrets('{ a }', '{"token": "x"}')).toBe(true);
  expect(hasSecrets('query A($p: String) { a(password: $p) }', '{"p": "x"}')).toBe(true);
});
