import type { IntrospectionInputTypeRef, IntrospectionInputValue } from 'graphql';
import { bareType, enumValuesOf, fieldsOf, inputFieldsOf, isOptional, type TypeIndex, typeText } from './typeIndex';

/** How a value is entered. `type` of an id is the type of the object that it identifies, if the name discloses it. */
export type Control =
  | { kind: 'text' | 'longText' | 'boolean' | 'integer' | 'decimal' | 'date' | 'dateTime' | 'json' }
  | { kind: 'enum' | 'enums'; values: { name: string; description: string }[] }
  | { kind: 'id'; type: string | null };

/** A field of a form. */
export type InputField = {
  name: string;
  description: string;
  isRequired: boolean;
  /** The default as a GraphQL literal, or null. */
  defaultValue: string | null;
  control: Control;
  /** The type in the schema language, for variables. */
  typeText: string;
};

/** Texts that may be longer than this get several lines. */
const LONG_TEXT = 250;

const SCALAR_CONTROLS: Record<string, Exclude<Control['kind'], 'enum' | 'enums' | 'id'>> = {
  String: 'text',
  Boolean: 'boolean',
  Int: 'integer',
  Float: 'decimal',
  Decimal: 'decimal',
  Date: 'date',
  DateTime: 'dateTime',
};

/** Describe the form of an input object type. `owner` is the type of the object that the input describes. */
export function describeInput(index: TypeIndex, inputType: string, owner: string | null): InputField[] {
  return inputFieldsOf(index, inputType).map(input => describeInputField(index, input, owner));
}

/** Describe an argument or a field of an input object type as a field of a form. */
export function describeInputField(index: TypeIndex, input: IntrospectionInputValue, owner: string | null): InputField {
  const description = input.description ?? '';
  return {
    name: input.name,
    description,
    isRequired: !isOptional(input),
    defaultValue: input.defaultValue ?? null,
    control: controlOf(index, input.type, { name: input.name, description, owner }),
    typeText: typeText(input.type),
  };
}

/** Choose how values of a type are entered. Types without a control of their own are entered as JSON. */
export function controlOf(
  index: TypeIndex,
  ref: IntrospectionInputTypeRef,
  field: { name: string; description: string; owner: string | null },
): Control {
  const type = bareType(ref);
  if (type.kind === 'ENUM') {
    const values = enumValuesOf(index, type.name);
    const described = values.map(({ name, description }) => ({ name, description: description ?? '' }));
    return { kind: type.isList ? 'enums' : 'enum', values: described };
  }
  if (type.isList || type.kind !== 'SCALAR') return { kind: 'json' };
  if (type.name === 'ID') return { kind: 'id', type: referencedType(index, field.owner, field.name) };
  const kind = SCALAR_CONTROLS[type.name] ?? 'json';
  return { kind: kind === 'text' && isLong(field.description) ? 'longText' : kind };
}

function isLong(description: string): boolean {
  const bound = /([\d,]+) characters/.exec(description)?.[1];
  return bound !== undefined && Number(bound.replaceAll(',', '')) > LONG_TEXT;
}

/** `projectId` of a task identifies the object of its relation `project`, `fromId` of a transfer that of `fromAccount`, and
 * `toTeamId` a team. */
export function referencedType(index: TypeIndex, owner: string | null, name: string): string | null {
  if (!name.endsWith('Id')) return null;
  const role = name.slice(0, -2);
  const fields = fieldsOf(index, owner).filter(field => bareType(field.type).kind === 'OBJECT');
  const longer = new RegExp(`^${role}[A-Z]`);
  const relation = fields.find(field => field.name === role) ?? fields.find(field => longer.test(field.name));
  return relation ? bareType(relation.type).name : typeNamedBy(index, role);
}

// The type of the longest end of the role: `toTeam` is a `Team`.
function typeNamedBy(index: TypeIndex, role: string): string | null {
  const words = (role.charAt(0).toUpperCase() + role.slice(1)).split(/(?=[A-Z])/);
  const names = words.map((_, start) => words.slice(start).join(''));
  return names.find(name => index.types.get(name)?.kind === 'OBJECT') ?? null;
}
