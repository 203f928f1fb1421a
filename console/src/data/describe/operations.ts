import type { EmbeddedField, Field, ListField, ValueField } from './fields';
import type { Where } from './filters';
import type { Mutation } from './mutations';
import { hasTotal, type Noun, type SingleSource } from './nouns';
import type { Criterion } from './orders';
import type { TypeIndex } from './typeIndex';

/** An operation with its variables. */
export type BuiltOperation = { query: string; variables: Record<string, unknown>; operationName: string };

/** A page of a list. */
export type PageArguments = {
  first?: number;
  after?: string;
  last?: number;
  before?: string;
  where?: Where;
  orderBy?: Criterion[];
  /** Boolean arguments of the list that are true. */
  flags?: string[];
  /** The object that the list is limited to, if it has an argument for it. */
  owner?: string;
};

/** The state of an object in the past, and the Boolean arguments that are true. */
export type ObjectOptions = { asOf?: string; flags?: string[] };

const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const USER_ERRORS = 'userErrors { code field message }';
const RELATIONS_OF_PAST = ['value', 'relation'];

type Variable = { name: string; type: string; value: unknown };

/** Select the values of fields, and the ids and labels of relations. Lists are loaded on their own. */
export function selection(fields: readonly Field[]): string {
  return [...new Set(['id', ...fields.map(selectField).filter(text => text !== '')])].join(' ');
}

function selectField(field: Field): string {
  if (field.kind === 'value') return field.name;
  if (field.kind === 'embedded') return `${field.name} { ${valueNames(field)} }`;
  if (field.kind === 'relation') return `${field.name} { __typename id ${field.label ?? ''} }`.replace('  ', ' ');
  return '';
}

function valueNames(field: EmbeddedField): string {
  return field.fields.map((inner: ValueField) => inner.name).join(' ');
}

/** The query of one page of a list. */
export function listOperation(index: TypeIndex, noun: Noun, page: PageArguments): BuiltOperation {
  const { list } = noun;
  if (list === null) throw new Error(`No root field lists objects of the type ${noun.type}.`);
  const variables = pageVariables(page, list);
  if (page.owner !== undefined && list.ownerArgument) {
    variables.push({ name: list.ownerArgument, type: 'ID', value: page.owner });
  }
  const body = connectionBody(index, list.connection, selection(noun.fields));
  return build('query', 'BrowseList', variables, `${list.field}${pass(variables)} ${body}`);
}

/** The query of one object, with its values and relations. */
export function objectOperation(noun: Noun, id: string, options: ObjectOptions = {}): BuiltOperation {
  const isPast = options.asOf !== undefined;
  const fields = isPast ? noun.fields.filter(field => RELATIONS_OF_PAST.includes(field.kind)) : noun.fields;
  const outer = objectVariables(noun, id, options);
  return build('query', 'OpenObject', outer, wrapped(noun, outer, selection(fields)));
}

/** The query of one page of a list of an object, such as its history. */
export function sectionOperation(
  index: TypeIndex,
  owner: { noun: Noun; id: string; options: ObjectOptions },
  field: ListField,
  fields: readonly Field[],
  page: PageArguments,
): BuiltOperation {
  const outer = objectVariables(owner.noun, owner.id, owner.options);
  const inner = pageVariables(page, field);
  const body = `${field.name}${pass(inner)} ${connectionBody(index, field.connection, selection(fields))}`;
  return build('query', 'OpenList', [...outer, ...inner], wrapped(owner.noun, outer, body));
}

/** The query that finds the type of an object. */
export function typeOperation(id: string): BuiltOperation {
  const variables = [{ name: 'id', type: 'ID!', value: id }];
  return build('query', 'FindType', variables, 'found: node(id: $id) { __typename id }');
}

/** A mutation of an object. `values` contains the input or arguments that are sent. */
export function mutationOperation(
  mutation: Mutation,
  noun: Noun,
  sent: { id?: string; version?: number; input?: Record<string, unknown>; arguments?: Record<string, unknown> },
): BuiltOperation {
  const variables: Variable[] = [];
  if (mutation.idArgument) variables.push({ name: mutation.idArgument, type: 'ID!', value: sent.id });
  if (mutation.takesVersion && sent.version !== undefined) {
    variables.push({ name: 'expectedVersion', type: 'Int', value: sent.version });
  }
  if (mutation.input) variables.push({ name: 'input', type: mutation.input.typeText, value: sent.input ?? {} });
  for (const argument of mutation.arguments) {
    if (sent.arguments && argument.name in sent.arguments) {
      variables.push({ name: argument.name, type: argument.typeText, value: sent.arguments[argument.name] });
    }
  }
  const { object, values, hasUserErrors } = mutation.payload;
  const parts = [hasUserErrors ? USER_ERRORS : '', ...values, object ? `${object} { ${selection(noun.fields)} }` : ''];
  const body = `${mutation.name}${pass(variables)} { ${parts.filter(Boolean).join(' ')} }`;
  return build('mutation', 'ChangeObject', variables, body);
}

function connectionBody(index: TypeIndex, connection: string, nodes: string): string {
  return `{ ${hasTotal(index, connection) ? 'totalCount ' : ''}nodes { ${nodes} } ${PAGE_INFO} }`;
}

function pageVariables(page: PageArguments, list: { where: string | null; order: string | null }): Variable[] {
  const variables: Variable[] = [];
  const add = (name: string, type: string, value: unknown) =>
    value === undefined ? undefined : variables.push({ name, type, value });
  add('first', 'Int', page.first);
  add('after', 'String', page.after);
  add('last', 'Int', page.last);
  add('before', 'String', page.before);
  if (list.where) add('where', list.where, page.where);
  if (list.order) add('orderBy', `[${list.order}!]`, page.orderBy);
  for (const flag of page.flags ?? []) add(flag, 'Boolean', true);
  return variables;
}

function objectVariables({ single }: Noun, id: string, options: ObjectOptions): Variable[] {
  const variables: Variable[] = single?.key
    ? [{ name: 'by', type: `${single.key}!`, value: { id } }]
    : [{ name: 'id', type: 'ID!', value: id }];
  if (single?.hasAsOf && options.asOf) variables.push({ name: 'asOf', type: 'DateTime', value: options.asOf });
  for (const { name } of single?.flags ?? []) {
    if (options.flags?.includes(name)) variables.push({ name, type: 'Boolean', value: true });
  }
  return variables;
}

function wrapped(noun: Noun, variables: Variable[], body: string): string {
  const single: SingleSource | null = noun.single;
  if (single) return `object: ${single.field}${pass(variables)} { ${body} }`;
  return `object: node${pass(variables)} { ... on ${noun.type} { ${body} } }`;
}

function pass(variables: Variable[]): string {
  const text = variables.map(({ name }) => `${name}: $${name}`).join(', ');
  return text && `(${text})`;
}

function build(kind: 'query' | 'mutation', name: string, variables: Variable[], body: string): BuiltOperation {
  const declared = variables.map(variable => `$${variable.name}: ${variable.type}`).join(', ');
  return {
    query: `${kind} ${name}${declared && `(${declared})`} { ${body} }`,
    variables: Object.fromEntries(variables.map(({ name: key, value }) => [key, value])),
    operationName: name,
  };
}

/** The query of the id of an object that a root field returns without arguments. */
export function singletonOperation(field: string): BuiltOperation {
  return build('query', 'FindObject', [], `found: ${field} { __typename id }`);
}
