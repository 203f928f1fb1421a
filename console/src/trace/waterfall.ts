import { formatCount } from './format';
import type { FieldSpan, Load, Span, Statement, Trace } from './types';

/** A row of the waterfall. */
export interface Row extends Span {
  id: string;
  kind: 'phase' | 'field' | 'load' | 'statement';
  label: string;
  /** What it handled: "20 objects". */
  amount: string;
  /** How far it is indented: fields are below the field that contains them. */
  depth: number;
  sql?: string;
}

/** The rows of a trace: the phases, then each field with its loads and statements, then statements of no field. */
export function toRows(trace: Trace): Row[] {
  const phases = trace.phases.map(({ name, startMs, durationMs }, index): Row => {
    return { id: `phase-${index}`, kind: 'phase', label: name, amount: '', depth: 0, startMs, durationMs };
  });
  const fields = sortFields(trace.fields);
  const paths = new Set(fields.map(field => field.path));
  const below = fields.flatMap(field => [fieldRow(field), ...loadRows(trace, field.path)]);
  const others = childRows(trace, path => path === null || !paths.has(path), 0);
  return [...phases, ...below, ...others];
}

/** The start and the end of a bar in percent of the whole. The smallest bar is still visible. */
export function barOf(span: Span, totalMs: number): { left: number; width: number } {
  if (totalMs <= 0) return { left: 0, width: 100 };
  const left = Math.min(99, Math.max(0, (span.startMs / totalMs) * 100));
  const width = Math.max(0.5, (span.durationMs / totalMs) * 100);
  return { left, width: Math.min(width, 100 - left) };
}

/** The end of the last part: phases after the measured duration, such as encoding, count too. */
export function totalOf(trace: Trace): number {
  const parts: Span[] = [...trace.phases, ...trace.fields, ...trace.statements, ...trace.loads];
  return parts.reduce((end, part) => Math.max(end, part.startMs + part.durationMs), trace.durationMs);
}

// Depth first, and siblings by the time of their first start.
function sortFields(fields: FieldSpan[]): FieldSpan[] {
  const starts = new Map<string, number>();
  for (const { path, startMs } of fields) starts.set(path, Math.min(startMs, starts.get(path) ?? startMs));
  const keyOf = ({ path }: FieldSpan) => ancestors(path).map(each => ({ each, start: starts.get(each) ?? 0 }));
  const keyed = fields.map(field => ({ field, key: keyOf(field) }));
  keyed.sort((a, b) => compareKeys(a.key, b.key) || a.field.startMs - b.field.startMs);
  return keyed.map(({ field }) => field);
}

function compareKeys(a: { each: string; start: number }[], b: { each: string; start: number }[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (!right) return 1;
    if (left.each !== right.each) return left.start - right.start || left.each.localeCompare(right.each);
  }
  return a.length - b.length;
}

/** The path of each field that contains a field, and its own: "a", "a.b" and "a.b.c". */
function ancestors(path: string): string[] {
  const parts = path.split('.');
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}

function fieldRow({ path, objects, startMs, durationMs }: FieldSpan): Row {
  const amount = formatCount(objects, 'object');
  return {
    id: `field-${path}-${startMs}`,
    kind: 'field',
    label: path,
    amount,
    depth: depthOf(path),
    startMs,
    durationMs,
  };
}

function loadRows(trace: Trace, path: string): Row[] {
  return childRows(trace, other => other === path, depthOf(path) + 1);
}

function childRows(trace: Trace, matches: (path: string | null) => boolean, depth: number): Row[] {
  const loads = trace.loads.map((load, index) => ({ path: load.path, row: loadRow(load, index, depth) }));
  const statements = trace.statements.map((each, index) => ({
    path: each.path,
    row: statementRow(each, index, depth),
  }));
  const rows = [...loads, ...statements].filter(({ path }) => matches(path)).map(({ row }) => row);
  return rows.sort((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs);
}

function loadRow({ loader, keys, rows, startMs, durationMs }: Load, index: number, depth: number): Row {
  const amount = [formatCount(keys, 'key'), rows === null ? '' : formatCount(rows, 'row')].filter(Boolean).join(', ');
  return { id: `load-${index}`, kind: 'load', label: loader, amount, depth, startMs, durationMs };
}

function statementRow(statement: Statement, index: number, depth: number): Row {
  const { sql, rows, connection, failed, startMs, durationMs } = statement;
  const amount = failed ? 'failed' : rows === null ? '' : formatCount(rows, 'row');
  const label = connection === 'write' ? 'statement (write)' : 'statement';
  return { id: `statement-${index}`, kind: 'statement', label, amount, depth, startMs, durationMs, sql };
}

function depthOf(path: string): number {
  return path.split('.').length - 1;
}
