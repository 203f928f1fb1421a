import type { Condition, FilterField, Operator } from './filters';
import { same } from './filters';
import type { InputField } from './inputs';
import { type Parsed, parseRaw, type Raw, toRaw } from './values';

/** A row of the filter form, as it is being edited. */
export interface DraftCondition {
  path: string[];
  operator: string;
  raw: Raw;
}

/** The separator of the values of a list, such as those of `in`. */
const SEPARATOR = ',';

/** The field of a row. */
export function fieldOfRow(fields: readonly FilterField[], row: { path: string[] }): FilterField | undefined {
  return fields.find(field => same(field.path, row.path));
}

/** The operator of a row, or the first of its field. */
export function operatorOfRow(field: FilterField | undefined, row: { operator: string }): Operator | undefined {
  return field?.operators.find(operator => operator.name === row.operator) ?? field?.operators[0];
}

/** A new row for a field, with the operator that people need most. */
export function newRow(field: FilterField): DraftCondition {
  const preferred = field.operators.find(operator => operator.name === 'contains') ?? field.operators[0];
  return withOperator(field, field.path, preferred?.name ?? '');
}

/** A row with another operator; its value starts empty. */
export function withOperator(field: FilterField, path: string[], operator: string): DraftCondition {
  const control = operatorOfRow(field, { operator })?.control;
  return { path, operator, raw: control?.kind === 'enums' ? [] : control?.kind === 'boolean' ? 'true' : '' };
}

/** The form's input for the value of a row. */
export function inputOfRow(field: FilterField, operator: Operator): InputField {
  return {
    name: field.path.join('.'),
    description: '',
    isRequired: true,
    defaultValue: null,
    control: operator.control,
    typeText: '',
  };
}

/** The row that shows a condition. */
export function draftOfCondition(fields: readonly FilterField[], condition: Condition): DraftCondition {
  const { path, operator, value } = condition;
  const field = fieldOfRow(fields, condition);
  const found = operatorOfRow(field, condition);
  if (!field || !found) return { path, operator, raw: String(value) };
  const input = inputOfRow(field, found);
  const isListOfTexts = found.isList && found.control.kind !== 'enums';
  const raw = isListOfTexts
    ? [value]
        .flat()
        .map(item => toRaw(input, item))
        .join(`${SEPARATOR} `)
    : toRaw(input, value);
  return { path, operator, raw };
}

/** Read the rows. An empty value is an error, as on the server, so that it cannot mean "everything". */
export function readRows(
  fields: readonly FilterField[],
  rows: readonly DraftCondition[],
): { conditions: Condition[]; errors: (string | null)[] } {
  const parsed = rows.map(row => readRow(fields, row));
  const conditions = rows.flatMap(({ path, operator }, position) => {
    const result = parsed[position];
    return result && 'value' in result ? [{ path, operator, value: result.value }] : [];
  });
  return { conditions, errors: parsed.map(result => ('error' in result ? result.error : null)) };
}

function readRow(fields: readonly FilterField[], row: DraftCondition): Parsed {
  const field = fieldOfRow(fields, row);
  const operator = operatorOfRow(field, row);
  if (!field || !operator) return { error: 'Choose a field.' };
  if (row.raw.length === 0) return { error: 'Enter a value.' };
  const input = inputOfRow(field, operator);
  if (!operator.isList || Array.isArray(row.raw)) return parseRaw(input, row.raw, true);
  return readList(input, row.raw);
}

function readList(input: InputField, raw: string): Parsed {
  const items = raw.split(SEPARATOR).map(item => item.trim());
  const parsed = items.filter(item => item !== '').map(item => parseRaw(input, item, true));
  const failed = parsed.find(item => 'error' in item);
  return failed ?? { value: parsed.map(item => ('value' in item ? item.value : null)) };
}
