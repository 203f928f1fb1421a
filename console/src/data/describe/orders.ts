import type { Field } from './fields';
import { bareType, enumValuesOf, inputFieldsOf, type TypeIndex } from './typeIndex';

/** A criterion of an `orderBy` argument. */
export type Criterion = { [name: string]: unknown };

/** The direction in which a column sorts the list. */
export type Direction = 'ASC' | 'DESC';

/** How the columns of a table sort a list: the criterion of each field that can, without its direction. */
export type SortableColumns = ReadonlyMap<string, (direction: Direction) => Criterion>;

/** Find the columns that an `orderBy` input can sort by: values, and relations by their labels. */
export function describeOrder(index: TypeIndex, order: string, fields: readonly Field[]): SortableColumns {
  const columns = new Map<string, (direction: Direction) => Criterion>();
  const own = sortFields(index, order);
  for (const field of fields) {
    const value = enumName(field.name);
    if (field.kind === 'value' && own.includes(value)) {
      columns.set(field.name, direction => ({ field: value, direction }));
    }
    if (field.kind === 'relation' && field.label !== null) {
      const label = enumName(field.label);
      const related = inputFieldsOf(index, order).find(input => input.name === field.name);
      if (!related || !sortFields(index, bareType(related.type).name).includes(label)) continue;
      columns.set(field.name, direction => ({ [field.name]: { field: label, direction } }));
    }
  }
  return columns;
}

function sortFields(index: TypeIndex, order: string): string[] {
  const field = inputFieldsOf(index, order).find(input => input.name === 'field');
  return field ? enumValuesOf(index, bareType(field.type).name).map(value => value.name) : [];
}

/** `dueDate` is `DUE_DATE` among the values of an enum. */
function enumName(field: string): string {
  return field.replaceAll(/([A-Z])/g, '_$1').toUpperCase();
}

/** The direction in which the criteria sort by a column first, or null. */
export function directionOf(columns: SortableColumns, field: string, criteria: readonly Criterion[]): Direction | null {
  const column = columns.get(field);
  const first = JSON.stringify(criteria[0]);
  if (!column || criteria.length === 0) return null;
  if (first === JSON.stringify(column('DESC'))) return 'DESC';
  return first === JSON.stringify(column('ASC')) ? 'ASC' : null;
}

/** The criteria after a click on a column: ascending, then descending, then the default order. */
export function nextOrder(columns: SortableColumns, field: string, criteria: readonly Criterion[]): Criterion[] {
  const column = columns.get(field);
  const direction = directionOf(columns, field, criteria);
  if (!column || direction === 'DESC') return [];
  return [column(direction === 'ASC' ? 'DESC' : 'ASC')];
}
