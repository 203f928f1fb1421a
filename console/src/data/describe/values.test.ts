import { describe, expect, it } from 'vitest';
import type { Control, InputField } from './inputs';
import { defaultRaw, formatValue, parseRaw, type Raw, toLocal, toRaw } from './values';

function field(control: Control, defaultValue: string | null = null): InputField {
  return { name: 'x', description: '', isRequired: false, defaultValue, control, typeText: 'X' };
}

const parse = (kind: 'text' | 'boolean' | 'integer' | 'decimal' | 'date' | 'dateTime' | 'json', raw: Raw) =>
  parseRaw(field({ kind }), raw, true);

describe('parseRaw', () => {
  it('reads numbers exactly', () => {
    expect(parse('integer', ' 12 ')).toEqual({ value: 12 });
    expect(parse('integer', '1.5')).toHaveProperty('error');
    expect(parse('integer', '9007199254740993')).toHaveProperty('error');
    expect(parse('decimal', '0.10')).toEqual({ value: '0.10' });
    expect(parse('decimal', '1,50')).toHaveProperty('error');
    expect(parse('decimal', 'Infinity')).toHaveProperty('error');
  });

  it('keeps text as it is, with spaces', () => {
    expect(parse('text', '  <b> ')).toEqual({ value: '  <b> ' });
  });

  it('makes an empty control null, unless the text must not be null', () => {
    expect(parse('text', '')).toEqual({ value: null });
    expect(parse('date', '')).toEqual({ value: null });
    expect(parseRaw(field({ kind: 'text' }), '', false)).toEqual({ value: '' });
    expect(parseRaw(field({ kind: 'date' }), '', false)).toEqual({ value: null });
  });

  it('reads local times as UTC', () => {
    const exact = '2026-05-06T07:08:09.000Z';
    expect(parse('dateTime', toLocal(exact))).toEqual({ value: exact });
    expect(parse('dateTime', 'soon')).toHaveProperty('error');
  });

  it('reads JSON, and says what is wrong with it', () => {
    expect(parse('json', '{"a": [1]}')).toEqual({ value: { a: [1] } });
    expect(parse('json', '{a}')).toMatchObject({ error: expect.stringContaining('not JSON') });
  });
});

describe('toRaw', () => {
  it('shows values as controls take them', () => {
    expect(toRaw(field({ kind: 'text' }), null)).toBe('');
    expect(toRaw(field({ kind: 'boolean' }), false)).toBe('false');
    expect(toRaw(field({ kind: 'enums', values: [] }), ['A'])).toEqual(['A']);
    expect(toRaw(field({ kind: 'json' }), { a: 1 })).toBe('{\n  "a": 1\n}');
  });
});

describe('defaultRaw', () => {
  it('shows the defaults of the schema', () => {
    expect(defaultRaw(field({ kind: 'enum', values: [] }, 'MEDIUM'))).toBe('MEDIUM');
    expect(defaultRaw(field({ kind: 'boolean' }, 'true'))).toBe('true');
    expect(defaultRaw(field({ kind: 'integer' }, '0'))).toBe('0');
    expect(defaultRaw(field({ kind: 'text' }, '""'))).toBe('');
    expect(defaultRaw(field({ kind: 'text' }, 'null'))).toBe('');
    expect(defaultRaw(field({ kind: 'json' }, '{a: B}'))).toBe('');
  });
});

describe('formatValue', () => {
  it('is text for every value', () => {
    expect(formatValue(null, 'String')).toBe('—');
    expect(formatValue(['a', 'b'], 'String')).toBe('a, b');
    expect(formatValue([{ a: 1 }], 'JSON')).toBe('[{"a":1}]');
    expect(formatValue('not a time', 'DateTime')).toBe('not a time');
    expect(formatValue('2026-02-03', 'Date')).toContain('2026');
    expect(formatValue(false, 'Boolean')).toBe('false');
  });
});
