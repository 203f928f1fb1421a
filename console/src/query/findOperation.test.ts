import { describe, expect, test } from 'vitest';
import { findCurrentOperation } from './findOperation';

const QUERY = '# first\nquery A { a }\nfragment F on Query { a }\nmutation B { b }';

describe('findCurrentOperation', () => {
  test.each([
    [0, 'A', 'query'],
    [QUERY.indexOf('{ a }'), 'A', 'query'],
    [QUERY.indexOf('fragment') + 3, 'A', 'query'],
    [QUERY.indexOf('mutation'), 'B', 'mutation'],
    [QUERY.length, 'B', 'mutation'],
  ])('at position %i it is %s', (position, name, type) => {
    const found = findCurrentOperation(QUERY, '{"x": 1}', position);
    expect(found.type).toBe(type);
    expect(found.operation).toEqual({ query: QUERY, variables: { x: 1 }, operationName: name });
  });

  test('has no name if the operation has none', () => {
    expect(findCurrentOperation('{ a }', '', 0).operation).toEqual({ query: '{ a }', variables: {} });
  });

  test.each([
    ['', '', 'The editor is empty.'],
    ['fragment F on Query { a }', '', 'The editor contains no operation.'],
    ['{ a', '', 'Syntax Error: Expected Name, found <EOF>.'],
    ['{ a }', '[1]', 'Variables are not a JSON object.'],
  ])('says why there is none in %j with %j', (query, variables, problem) => {
    expect(findCurrentOperation(query, variables, 0)).toEqual({ operation: null, type: null, problem });
  });
});
