import type { Field } from './fields';
import type { InputField } from './inputs';
import { parseRaw, type Raw, toRaw } from './values';

/** An object as the server returned it. */
export type Row = { readonly [name: string]: unknown };

/** The content of all controls of a form, by field. */
export type Draft = { readonly [name: string]: Raw };

/** The values to send, and what is wrong with the others, by field. */
export type Changes = { values: Record<string, unknown>; errors: Record<string, string> };

/** A field of which two people entered different values. */
export type Conflict = { name: string; base: Raw; mine: Raw; theirs: Raw; theyChangedIt: boolean };

/** The value of an object for an input field: `projectId` is the id of its `project`. */
export function currentValue(row: Row, name: string): unknown {
  if (name in row) return row[name];
  const related = name.endsWith('Id') ? row[name.slice(0, -2)] : undefined;
  return typeof related === 'object' && related !== null ? (related as Row).id : null;
}

/** The form of an object. */
export function draftOf(fields: readonly InputField[], row: Row): Draft {
  return Object.fromEntries(fields.map(field => [field.name, toRaw(field, currentValue(row, field.name))]));
}

/** Whether two contents of a control are the same. */
export function isSame(a: Raw | undefined, b: Raw | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The values of the controls that differ from the form of the object. */
export function changedValues(
  fields: readonly InputField[],
  initial: Draft,
  draft: Draft,
  shown: readonly Field[],
): Changes {
  const changed = fields.filter(field => !isSame(initial[field.name], draft[field.name]));
  return parseAll(changed, draft, field => isNullable(field, shown));
}

/** The values of a form for a new object: empty controls are omitted, so that the server's defaults apply. */
export function enteredValues(fields: readonly InputField[], draft: Draft): Changes {
  const entered = fields.filter(field => field.isRequired || !isEmpty(draft[field.name]));
  return parseAll(entered, draft, field => !field.isRequired);
}

function isEmpty(raw: Raw | undefined): boolean {
  return raw === undefined || raw.length === 0;
}

function parseAll(fields: readonly InputField[], draft: Draft, nullable: (field: InputField) => boolean): Changes {
  const changes: Changes = { values: {}, errors: {} };
  for (const field of fields) {
    const parsed = parseRaw(field, draft[field.name] ?? '', nullable(field));
    if ('error' in parsed) changes.errors[field.name] = parsed.error;
    else if (parsed.value === null && field.isRequired) changes.errors[field.name] = 'A value is required.';
    else changes.values[field.name] = parsed.value;
  }
  return changes;
}

function isNullable(field: InputField, shown: readonly Field[]): boolean {
  const own = shown.find(candidate => candidate.name === field.name);
  return own?.kind === 'value' ? !own.isRequired : true;
}

/** Compare a form with an object that someone else has changed since it was opened. */
export function findConflicts(fields: readonly InputField[], initial: Draft, draft: Draft, current: Row): Conflict[] {
  const theirs = draftOf(fields, current);
  return fields
    .map(({ name }) => ({ name, base: initial[name] ?? '', mine: draft[name] ?? '', theirs: theirs[name] ?? '' }))
    .filter(({ base, mine, theirs: other }) => !isSame(base, mine) && !isSame(mine, other))
    .map(conflict => ({ ...conflict, theyChangedIt: !isSame(conflict.base, conflict.theirs) }));
}

/** The fields that only the other person has changed. */
export function otherChanges(fields: readonly InputField[], initial: Draft, draft: Draft, current: Row): string[] {
  const theirs = draftOf(fields, current);
  return fields
    .map(({ name }) => name)
    .filter(name => isSame(initial[name], draft[name]) && !isSame(initial[name], theirs[name]));
}
