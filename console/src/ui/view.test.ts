import { describe, expect, test } from 'vitest';
import { parseHash } from './view';

describe('parseHash', () => {
  test('is the query view without a hash', () => {
    expect(parseHash('').segments).toEqual(['query']);
    expect(parseHash('#').segments).toEqual(['query']);
    expect(parseHash('#/').segments).toEqual(['query']);
  });

  test('splits segments and search, and decodes both', () => {
    const { segments, search } = parseHash('#/data/a%2Fb?where=%7B%22x%22%3A%3F%7D&order=a?b');
    expect(segments).toEqual(['data', 'a/b']);
    expect(search.get('where')).toBe('{"x":?}');
    expect(search.get('order')).toBe('a?b');
  });

  test('leaves invalid percent-encoding as it is', () => {
    expect(parseHash('#/data/%E0%A4%A').segments).toEqual(['data', '%E0%A4%A']);
  });
});
