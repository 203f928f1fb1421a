import { describe, expect, test } from 'vitest';
import type { Trace } from './types';
import { barOf, toRows, totalOf } from './waterfall';

const field = (path: string, startMs: number, objects = 1) => ({ path, startMs, durationMs: 1, objects, loads: 0 });
const statement = (path: string | null, startMs: number, sql: string) => {
  return { sql, parameters: 1, path, startMs, durationMs: 1, rows: 2, connection: 'read' as const };
};
const TRACE: Trace = {
  executor: 'compiled',
  fallbackReason: null,
  durationMs: 10,
  source: 'primary',
  phases: [{ name: 'parse', startMs: 0, durationMs: 1 }],
  fields: [field('b', 5), field('a.nodes.x', 4, 20), field('a', 2), field('a.nodes', 3)],
  statements: [statement(null, 1, 'BEGIN'), statement('a', 2, 'SELECT 1'), statement('gone', 6, 'SELECT 2')],
  omitted: { fields: 0, statements: 0, loads: 0 },
  loads: [{ loader: 'x', path: 'a.nodes.x', keys: 20, rows: 15, startMs: 4, durationMs: 8 }],
};

describe('toRows', () => {
  test('shows fields below the fields that contain them, in the order of time', () => {
    const fields = toRows(TRACE).filter(row => row.kind === 'field');
    expect(fields.map(row => [row.label, row.depth])).toEqual([
      ['a', 0],
      ['a.nodes', 1],
      ['a.nodes.x', 2],
      ['b', 0],
    ]);
  });

  test('shows statements and loads below their field, and the others at the end', () => {
    const rows = toRows(TRACE).map(row => `${row.kind} ${row.sql ?? row.label}`);
    expect(rows).toEqual([
      'phase parse',
      'field a',
      'statement SELECT 1',
      'field a.nodes',
      'field a.nodes.x',
      'load x',
      'field b',
      'statement BEGIN',
      'statement SELECT 2',
    ]);
  });

  test('says how much each row handled', () => {
    const amounts = Object.fromEntries(toRows(TRACE).map(row => [row.label, row.amount]));
    expect(amounts['a.nodes.x']).toBe('20 objects');
    expect(amounts.x).toBe('20 keys, 15 rows');
    expect(amounts.statement).toBe('2 rows');
  });

  test('has a different id for each row', () => {
    const ids = toRows(TRACE).map(row => row.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('barOf', () => {
  test('is the part of the whole', () =>
    expect(barOf({ startMs: 2, durationMs: 5 }, 10)).toEqual({ left: 20, width: 50 }));
  test('is visible, and within the whole', () => {
    expect(barOf({ startMs: 10, durationMs: 0 }, 10)).toEqual({ left: 99, width: 0.5 });
    expect(barOf({ startMs: -1, durationMs: 20 }, 10)).toEqual({ left: 0, width: 100 });
    expect(barOf({ startMs: 0, durationMs: 0 }, 0)).toEqual({ left: 0, width: 100 });
  });
});

test('totalOf is the end of the last part', () => expect(totalOf(TRACE)).toBe(12));
