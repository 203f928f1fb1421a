import type {
  IntrospectionEnumValue,
  IntrospectionField,
  IntrospectionInputTypeRef,
  IntrospectionInputValue,
  IntrospectionOutputTypeRef,
  IntrospectionSchema,
  IntrospectionType,
} from 'graphql';

type TypeRef = IntrospectionOutputTypeRef | IntrospectionInputTypeRef;

/** The types of a schema by name, and the names of its root types. */
export type TypeIndex = {
  types: ReadonlyMap<string, IntrospectionType>;
  query: string;
  mutation: string | null;
};

/** A type without its wrappers: `[Task!]!` is a required list of `Task`. */
export type BareType = { name: string; kind: string; isList: boolean; isRequired: boolean };

/** Index the types of an introspected schema by name. */
export function indexTypes(schema: IntrospectionSchema): TypeIndex {
  return {
    types: new Map(schema.types.map(type => [type.name, type])),
    query: schema.queryType.name,
    mutation: schema.mutationType?.name ?? null,
  };
}

/** Remove the wrappers of a type. */
export function bareType(ref: TypeRef): BareType {
  if (ref.kind === 'NON_NULL') return { ...bareType(ref.ofType), isRequired: true };
  if (ref.kind === 'LIST') return { ...bareType(ref.ofType), isList: true, isRequired: false };
  return { name: ref.name, kind: ref.kind, isList: false, isRequired: false };
}

/** Write a type as in the schema language: `[Task!]!`. */
export function typeText(ref: TypeRef): string {
  if (ref.kind === 'NON_NULL') return `${typeText(ref.ofType)}!`;
  if (ref.kind === 'LIST') return `[${typeText(ref.ofType)}]`;
  return ref.name;
}

/** The fields of an object type or interface; none for another type or an unknown name. */
export function fieldsOf(index: TypeIndex, name: string | null): readonly IntrospectionField[] {
  const type = name === null ? undefined : index.types.get(name);
  return type?.kind === 'OBJECT' || type?.kind === 'INTERFACE' ? type.fields : [];
}

/** A field of an object type, by name. */
export function fieldOf(index: TypeIndex, type: string | null, name: string): IntrospectionField | undefined {
  return fieldsOf(index, type).find(field => field.name === name);
}

/** The fields of an input object type; none for another type. */
export function inputFieldsOf(index: TypeIndex, name: string | null): readonly IntrospectionInputValue[] {
  const type = name === null ? undefined : index.types.get(name);
  return type?.kind === 'INPUT_OBJECT' ? type.inputFields : [];
}

/** The values of an enum type; none for another type. */
export function enumValuesOf(index: TypeIndex, name: string): readonly IntrospectionEnumValue[] {
  const type = index.types.get(name);
  return type?.kind === 'ENUM' ? type.enumValues : [];
}

/** Whether a field or input value may be omitted. */
export function isOptional(input: IntrospectionInputValue): boolean {
  return input.type.kind !== 'NON_NULL' || (input.defaultValue ?? null) !== null;
}

/** Whether the type of an object has an id, by which it can be opened. */
export function hasId(index: TypeIndex, name: string): boolean {
  return fieldOf(index, name, 'id') !== undefined;
}

/** The type of the objects of a connection, or null if the type is no connection. */
export function nodeTypeOf(index: TypeIndex, name: string): string | null {
  const nodes = fieldOf(index, name, 'nodes');
  const isConnection = nodes !== undefined && fieldOf(index, name, 'pageInfo') !== undefined;
  return isConnection ? bareType(nodes.type).name : null;
}
