import { CopyButton } from '../ui/CopyButton';
import { formatMs } from './format';
import type { Trace } from './types';
import { barOf, type Row, toRows, totalOf } from './waterfall';

const KINDS = { phase: 'Phase', field: 'Field', load: 'Load', statement: 'Statement' };

/** The parts of an execution as a table, in which a bar shows when each began and ended. */
export function Waterfall({ trace }: { trace: Trace }) {
  const total = totalOf(trace);
  return (
    <table className="waterfall">
      <caption>Phases, fields, loads and statements in the {formatMs(total)} of the execution</caption>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col">Amount</th>
          <th scope="col">Start</th>
          <th scope="col">Duration</th>
          <td aria-hidden="true" />
        </tr>
      </thead>
      <tbody>
        {toRows(trace).map(row => (
          <WaterfallRow key={row.id} row={row} total={total} />
        ))}
      </tbody>
    </table>
  );
}

function WaterfallRow({ row, total }: { row: Row; total: number }) {
  const { left, width } = barOf(row, total);
  return (
    <tr className={row.kind}>
      <th scope="row">
        <span style={{ paddingInlineStart: `${row.depth}rem` }}>
          {row.sql === undefined ? <PartName row={row} /> : <SqlText label={row.label} sql={row.sql} />}
        </span>
      </th>
      <td>{row.amount}</td>
      <td className="number">{formatMs(row.startMs)}</td>
      <td className="number">{formatMs(row.durationMs)}</td>
      <td className="bar-cell" aria-hidden="true">
        <span style={{ marginInlineStart: `${left}%`, width: `${width}%` }} />
      </td>
    </tr>
  );
}

function PartName({ row }: { row: Row }) {
  return (
    <>
      <span className="kind">{KINDS[row.kind]}</span> {row.label}
    </>
  );
}

/** A statement: its first words, and its whole text when opened. */
export function SqlText({ label, sql }: { label: string; sql: string }) {
  return (
    <details className="sql">
      <summary>
        <span className="kind">{label}</span> <code>{shorten(sql)}</code>
      </summary>
      <pre>{sql}</pre>
      <CopyButton text={sql} label="Copy SQL" />
    </details>
  );
}

function shorten(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
