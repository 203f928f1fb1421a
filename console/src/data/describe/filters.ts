import type { IntrospectionInputValue } from 'graphql';
import { type Control, controlOf } from './inputs';
import { bareType, fieldsOf, inputFieldsOf, type TypeIndex } from './typeIndex';

/** An operator of a filter field, such as `contains`; '' if the field takes its value directly. */
export type Operator = { name: string; control: Control; isList: boolean };

/** A field that can be filtered by. The path leads to it from the `where` input: `['project', 'name']`. */
export type FilterField = { path: string[]; description: string; operators: Operator[] };

/** A condition of the filter form. The value is what the `where` input takes. */
export type Condition = { path: string[]; operator: string; value: unknown };

/** A `where` input. */
export type Where = { [name: string]: unknown };

const COMBINATIONS = ['and', 'or', 'not'];
const QUANTIFIERS = ['some', 'none', 'every'];

/** Describe the fields of a `where` input: those of the object, and those of its relations. */
export function describeFilter(index: TypeIndex, where: string, owner: string): FilterField[] {
  return fieldsOfWhere(index, where, owner, [], 1);
}

function fieldsOfWhere(
  index: TypeIndex,
  where: string,
  owner: string | null,
  path: string[],
  depth: number,
): FilterField[] {
  return inputFieldsOf(index, where)
    .filter(input => !COMBINATIONS.includes(input.name))
    .flatMap(input => describeInput(index, input, owner, path, depth));
}

function describeInput(
  index: TypeIndex,
  input: IntrospectionInputValue,
  owner: string | null,
  parents: string[],
  depth: number,
): FilterField[] {
  const type = bareType(input.type).name;
  const path = [...parents, input.name];
  const names = inputFieldsOf(index, type).map(field => field.name);
  const related = fieldsOf(index, owner).find(field => field.name === input.name);
  const relatedType = related ? nodeOrObject(index, bareType(related.type).name) : null;
  if (names.includes('and')) return depth > 0 ? fieldsOfWhere(index, type, relatedType, path, depth - 1) : [];
  if (names.includes('some')) return depth > 0 ? fieldsOfList(index, type, relatedType, path, depth - 1) : [];
  return [{ path, description: input.description ?? '', operators: operatorsOf(index, input, owner) }];
}

function fieldsOfList(
  index: TypeIndex,
  list: string,
  relatedType: string | null,
  path: string[],
  depth: number,
): FilterField[] {
  return inputFieldsOf(index, list).flatMap(input =>
    QUANTIFIERS.includes(input.name)
      ? fieldsOfWhere(index, bareType(input.type).name, relatedType, [...path, input.name], depth)
      : describeInput(index, input, null, path, depth),
  );
}

function nodeOrObject(index: TypeIndex, name: string): string {
  const nodes = fieldsOf(index, name).find(field => field.name === 'nodes');
  return nodes ? bareType(nodes.type).name : name;
}

function operatorsOf(index: TypeIndex, input: IntrospectionInputValue, owner: string | null): Operator[] {
  const operators = inputFieldsOf(index, bareType(input.type).name);
  if (operators.length === 0) return [operator(index, input, '', { name: input.name, owner })];
  return operators.map(candidate => operator(index, candidate, candidate.name, { name: input.name, owner }));
}

function operator(
  index: TypeIndex,
  input: IntrospectionInputValue,
  name: string,
  field: { name: string; owner: string | null },
): Operator {
  const { isList } = bareType(input.type);
  const item = isList && bareType(input.type).kind !== 'ENUM' ? withoutList(input) : input.type;
  return { name, control: controlOf(index, item, { ...field, description: '' }), isList };
}

/** The type of the items of a list; each is entered like a single value. */
function withoutList(input: IntrospectionInputValue): IntrospectionInputValue['type'] {
  let type = input.type;
  while (type.kind === 'NON_NULL' || type.kind === 'LIST') type = type.ofType;
  return type;
}

/** Build the `where` input that all conditions together describe; null if there are none. */
export function buildWhere(conditions: readonly Condition[]): Where | null {
  const wheres = conditions.map(({ path, operator, value }) => nest([...path, ...(operator ? [operator] : [])], value));
  const [first, ...others] = wheres;
  if (first === undefined) return null;
  return others.length === 0 ? first : { and: wheres };
}

function nest(path: string[], value: unknown): Where {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Where;
}

/** Read the conditions of a `where` input; null if it has more than a form can show, such as `or`. */
export function readWhere(fields: readonly FilterField[], where: Where | null): Condition[] | null {
  if (where === null) return [];
  const conditions: Condition[] = [];
  return collect(fields, where, [], conditions) ? conditions : null;
}

function collect(fields: readonly FilterField[], where: unknown, path: string[], conditions: Condition[]): boolean {
  const field = fields.find(candidate => same(candidate.path, path));
  if (field?.operators[0]?.name === '') {
    conditions.push({ path, operator: '', value: where });
    return true;
  }
  if (!isObject(where) || Object.keys(where).length === 0) return false;
  return Object.entries(where).every(([name, value]) => {
    if (field) {
      conditions.push({ path, operator: name, value });
      return field.operators.some(operator => operator.name === name);
    }
    if (name === 'and' && path.length === 0 && Array.isArray(value)) {
      return value.every(part => collect(fields, part, [], conditions));
    }
    const inner = [...path, name];
    return fields.some(candidate => same(candidate.path.slice(0, inner.length), inner))
      ? collect(fields, value, inner, conditions)
      : false;
  });
}

function isObject(value: unknown): value is Where {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two paths are the same. */
export function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, position) => name === b[position]);
}
