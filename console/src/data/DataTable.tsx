import type { ReactNode } from 'react';
import { ViewLink } from '../ui/ViewLink';
import type { Row } from './describe/changes';
import type { Field } from './describe/fields';
import { displayName } from './describe/names';
import type { Direction } from './describe/orders';
import { FieldValue } from './Value';

interface Props {
  caption: string;
  fields: readonly Field[];
  rows: readonly Row[];
  label: string | null;
  /** The address of an object. */
  pathOf: (row: Row) => string;
  /** How the columns sort; absent: they don't. */
  sorting?: Sorting;
}

/** The direction of each column that can be sorted by (null: not sorted by it), and what a click on it does. */
export interface Sorting {
  directions: ReadonlyMap<string, Direction | null>;
  onSort: (field: string) => void;
}

/** The columns of a table: the label first, the id last, and no lists. */
export function columnsOf(fields: readonly Field[], label: string | null): Field[] {
  const shown = fields.filter(field => field.kind !== 'list');
  const rank = (field: Field) => (field.name === (label ?? 'id') ? 0 : field.name === 'id' ? 2 : 1);
  return shown.sort((a, b) => rank(a) - rank(b));
}

/** A table of objects. The first column opens them. */
export function DataTable({ caption, fields, rows, label, pathOf, sorting }: Props) {
  const columns = columnsOf(fields, label);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the region scrolls, so the keyboard must reach it
    <section className="scroll" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(field => (
              <HeaderCell key={field.name} field={field} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={String(row.id)}>
              {columns.map((field, position) => (
                <td key={field.name}>{cell(field, row, position === 0 ? pathOf(row) : null)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function cell(field: Field, row: Row, path: string | null): ReactNode {
  const value = row[field.name];
  if (path === null) return <FieldValue field={field} value={value} />;
  return <ViewLink path={path}>{value ? String(value) : String(row.id)}</ViewLink>;
}

const ARIA_SORT = { ASC: 'ascending', DESC: 'descending' } as const;
const ARROW = { ASC: '▲', DESC: '▼' } as const;

function HeaderCell({ field, sorting }: { field: Field; sorting: Sorting | undefined }) {
  const name = displayName(field.name);
  const direction = sorting?.directions.get(field.name);
  if (!sorting || direction === undefined) {
    return (
      <th scope="col" title={field.description}>
        {name}
      </th>
    );
  }
  return (
    <th scope="col" aria-sort={direction ? ARIA_SORT[direction] : 'none'} title={field.description}>
      <button type="button" className="sort" onClick={() => sorting.onSort(field.name)}>
        {name} <span aria-hidden="true">{direction ? ARROW[direction] : ''}</span>
      </button>
    </th>
  );
}
