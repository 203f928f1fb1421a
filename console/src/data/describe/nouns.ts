import type { IntrospectionField } from 'graphql';
import { describeFields, type Field, inputArgument, labelOf } from './fields';
import { bareType, fieldOf, fieldsOf, hasId, inputFieldsOf, isOptional, nodeTypeOf, type TypeIndex } from './typeIndex';

/** An optional Boolean argument of a root field, such as `includeDeleted`. */
export type Flag = { name: string; description: string };

/** A root field that lists objects. */
export type ListSource = {
  field: string;
  connection: string;
  where: string | null;
  order: string | null;
  flags: Flag[];
  /** An argument that limits the list to what belongs to one object, such as `streamId`. */
  ownerArgument: string | null;
};

/** A root field that finds one object. `key` is the input type of its argument `by`, if it has no argument `id`. */
export type SingleSource = { field: string; key: string | null; flags: Flag[]; hasAsOf: boolean };

/** A type of objects that can be listed or opened. */
export type Noun = {
  /** Its name in the address: the root field that lists the objects, otherwise the type. */
  key: string;
  type: string;
  description: string;
  fields: Field[];
  label: string | null;
  list: ListSource | null;
  single: SingleSource | null;
};

/** Describe every type of objects that a root field lists, or that another object refers to. */
export function describeNouns(index: TypeIndex): Noun[] {
  const listed = fieldsOf(index, index.query).flatMap(field => describeList(index, field));
  const types = new Set(listed.map(noun => noun.type));
  const others = [...index.types.values()]
    .filter(type => type.kind === 'OBJECT' && hasId(index, type.name) && !types.has(type.name))
    .map(type => describeNoun(index, type.name, null, type.name));
  return [...listed, ...others];
}

function describeList(index: TypeIndex, field: IntrospectionField): Noun[] {
  const connection = bareType(field.type).name;
  const type = nodeTypeOf(index, connection);
  if (type === null || !hasId(index, type) || !field.args.every(isOptional)) return [];
  const list: ListSource = {
    field: field.name,
    connection,
    where: inputArgument(index, field, 'where'),
    order: inputArgument(index, field, 'orderBy'),
    flags: flagsOf(field),
    ownerArgument: field.args.find(argument => bareType(argument.type).name === 'ID')?.name ?? null,
  };
  return [describeNoun(index, type, list, field.name)];
}

function describeNoun(index: TypeIndex, type: string, list: ListSource | null, key: string): Noun {
  return {
    key,
    type,
    description: index.types.get(type)?.description ?? '',
    fields: describeFields(index, type),
    label: labelOf(index, type),
    list,
    single: singleOf(index, type),
  };
}

function singleOf(index: TypeIndex, type: string): SingleSource | null {
  for (const field of fieldsOf(index, index.query)) {
    const result = bareType(field.type);
    if (result.name !== type || result.isList) continue;
    const others = field.args.filter(argument => argument.name !== 'id' && argument.name !== 'by');
    const key = keyOf(index, field);
    if (key === undefined || !others.every(isOptional)) continue;
    const hasAsOf = field.args.some(argument => argument.name === 'asOf');
    return { field: field.name, key, flags: flagsOf(field), hasAsOf };
  }
  return null;
}

/** Null if the field takes an `id`, the input type if it takes the id inside `by`, otherwise undefined. */
function keyOf(index: TypeIndex, field: IntrospectionField): string | null | undefined {
  if (field.args.some(argument => argument.name === 'id')) return null;
  const key = inputArgument(index, field, 'by');
  return inputFieldsOf(index, key).some(input => input.name === 'id') ? (key ?? undefined) : undefined;
}

function flagsOf(field: IntrospectionField): Flag[] {
  return field.args
    .filter(argument => isOptional(argument) && bareType(argument.type).name === 'Boolean')
    .map(({ name, description }) => ({ name, description: description ?? '' }));
}

/** Whether a connection has the number of all objects. */
export function hasTotal(index: TypeIndex, connection: string): boolean {
  return fieldOf(index, connection, 'totalCount') !== undefined;
}

/** The lists of root fields that can be limited to what belongs to one object, such as its events. */
export function ownedLists(nouns: readonly Noun[]): Noun[] {
  return nouns.filter(noun => noun.list?.ownerArgument);
}

/** A root field that returns one object and needs no id for it, such as the current tenant. */
export type Singleton = { field: string; type: string };

/** Find the root fields that return one object and need no id. */
export function describeSingletons(index: TypeIndex): Singleton[] {
  return fieldsOf(index, index.query).flatMap(field => {
    const type = bareType(field.type);
    const takesId = field.args.some(argument => argument.name === 'id');
    const isSingleton = !type.isList && hasId(index, type.name) && !takesId && field.args.every(isOptional);
    return isSingleton ? [{ field: field.name, type: type.name }] : [];
  });
}
