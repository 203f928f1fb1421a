import type { IntrospectionField } from 'graphql';
import {
  type BareType,
  bareType,
  fieldsOf,
  hasId,
  inputFieldsOf,
  isOptional,
  nodeTypeOf,
  type TypeIndex,
} from './typeIndex';

/** A scalar or an enum, or a list of them. */
export type ValueField = {
  kind: 'value';
  name: string;
  description: string;
  type: string;
  isList: boolean;
  isRequired: boolean;
};

/** A related object, of which the id and the label are shown. */
export type RelationField = { kind: 'relation'; name: string; description: string; type: string; label: string | null };

/** Objects without an id, or a single one, which are shown in place. */
export type EmbeddedField = {
  kind: 'embedded';
  name: string;
  description: string;
  isList: boolean;
  fields: ValueField[];
};

/** A connection of related objects. */
export type ListField = {
  kind: 'list';
  name: string;
  description: string;
  type: string;
  connection: string;
  where: string | null;
  order: string | null;
};

/** What the data browser shows of a field of an object. */
export type Field = ValueField | RelationField | EmbeddedField | ListField;

/** Describe the fields of an object type that can be selected without arguments. */
export function describeFields(index: TypeIndex, typeName: string): Field[] {
  return fieldsOf(index, typeName)
    .filter(field => field.args.every(isOptional))
    .map(field => describeField(index, field))
    .filter(field => field !== null);
}

function describeField(index: TypeIndex, field: IntrospectionField): Field | null {
  const type = bareType(field.type);
  const common = { name: field.name, description: field.description ?? '' };
  if (type.kind === 'SCALAR' || type.kind === 'ENUM') return valueField(field);
  if (type.kind === 'UNION') return null;
  const nodeType = nodeTypeOf(index, type.name);
  if (nodeType !== null) return listField(index, field, type, nodeType);
  if (!hasId(index, type.name)) return embeddedField(index, common, type);
  return type.isList ? null : { ...common, kind: 'relation', type: type.name, label: labelOf(index, type.name) };
}

function valueField(field: IntrospectionField): ValueField {
  const { name, isList, isRequired } = bareType(field.type);
  return { kind: 'value', name: field.name, description: field.description ?? '', type: name, isList, isRequired };
}

function listField(index: TypeIndex, field: IntrospectionField, type: BareType, nodeType: string): ListField | null {
  if (!hasId(index, nodeType)) return null;
  return {
    kind: 'list',
    name: field.name,
    description: field.description ?? '',
    type: nodeType,
    connection: type.name,
    where: inputArgument(index, field, 'where'),
    order: inputArgument(index, field, 'orderBy'),
  };
}

function embeddedField(
  index: TypeIndex,
  common: { name: string; description: string },
  type: BareType,
): EmbeddedField | null {
  const fields = valueFields(index, type.name);
  return fields.length > 0 ? { ...common, kind: 'embedded', isList: type.isList, fields } : null;
}

/** The scalar and enum fields of an object type that need no arguments. */
export function valueFields(index: TypeIndex, typeName: string): ValueField[] {
  return fieldsOf(index, typeName)
    .filter(field => field.args.every(isOptional) && ['SCALAR', 'ENUM'].includes(bareType(field.type).kind))
    .map(valueField);
}

/** The field that people recognize an object by: the first text that is never null. */
export function labelOf(index: TypeIndex, typeName: string): string | null {
  const isText = (field: ValueField) => field.type === 'String' && field.isRequired && !field.isList;
  return valueFields(index, typeName).find(isText)?.name ?? null;
}

/** The name of the input object type that an argument takes, or null. */
export function inputArgument(index: TypeIndex, field: IntrospectionField, name: string): string | null {
  const argument = field.args.find(candidate => candidate.name === name);
  const type = argument ? bareType(argument.type).name : null;
  return inputFieldsOf(index, type).length > 0 ? type : null;
}
