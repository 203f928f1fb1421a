import type { IntrospectionField } from 'graphql';
import { describeInput, describeInputField, type InputField } from './inputs';
import { bareType, fieldsOf, hasId, type TypeIndex, typeText } from './typeIndex';

/** A mutation of one object, with the form of its arguments. */
export type Mutation = {
  name: string;
  description: string;
  /** The argument with the id of the object: `id`, or `accountId` of an account. Null without one. */
  idArgument: string | null;
  takesVersion: boolean;
  /** The type of the argument `input` in the schema language, and the fields of its form. */
  input: { typeText: string; fields: InputField[] } | null;
  /** The other arguments. */
  arguments: InputField[];
  payload: Payload;
};

/** What the payload of a mutation contains besides the user errors. */
export type Payload = { object: string | null; values: string[]; hasUserErrors: boolean };

/** What can be done with the objects of a type. */
export type NounMutations = {
  create: Mutation | null;
  update: Mutation | null;
  delete: Mutation | null;
  actions: Mutation[];
  /** What else creates an object, with the ids of other objects, such as `transferFunds`. */
  creations: Mutation[];
};

const OWN_ARGUMENTS = ['input', 'expectedVersion'];

/** Find the mutations of a type that `isPermitted` lets through. Their names begin with a verb and end with the type. */
export function describeMutations(
  index: TypeIndex,
  type: string,
  isPermitted: (name: string) => boolean,
): NounMutations {
  const all = fieldsOf(index, index.mutation)
    .filter(field => isPermitted(field.name))
    .map(field => describeMutation(index, field, type));
  const named = (name: string) => all.find(mutation => mutation.name === name) ?? null;
  const standard = ['create', 'update', 'delete', 'upsert'].map(verb => verb + type);
  return {
    create: named(`create${type}`) ?? all.find(mutation => isCreation(mutation, type)) ?? null,
    update: named(`update${type}`),
    delete: named(`delete${type}`),
    actions: all.filter(mutation => isAction(index, mutation, type) && !standard.includes(mutation.name)),
    creations: all.filter(isCreationWithIds),
  };
}

// `id` may identify an object of any type, which the name or else the payload discloses: `testWebhook` takes the id of a
// webhook, although it returns a delivery. `accountId` identifies an account.
function isAction(index: TypeIndex, { name, idArgument, payload }: Mutation, type: string): boolean {
  if (idArgument !== 'id') return idArgument !== null;
  const named = namedType(index, name);
  return named === null ? payload.object !== null : named === type;
}

/** The type with ids whose name is the end of a mutation's name; of several, the longest. */
function namedType(index: TypeIndex, mutation: string): string | null {
  const names = [...index.types.keys()].filter(name => mutation.endsWith(name) && hasId(index, name));
  return names.sort((one, other) => other.length - one.length)[0] ?? null;
}

function isCreationWithIds({ idArgument, payload, arguments: others }: Mutation): boolean {
  const takesIds = others.some(({ control, isRequired }) => control.kind === 'id' && isRequired);
  return idArgument === null && takesIds && payload.object !== null;
}

/** Whether a mutation such as `placeOrder` creates an object from its input. Those that return a token sign a user in. */
function isCreation(mutation: Mutation, type: string): boolean {
  const takesInputOnly = mutation.input !== null && mutation.idArgument === null && mutation.arguments.length === 0;
  return takesInputOnly && mutation.payload.object !== null && mutation.name.endsWith(type) && !signsIn(mutation);
}

function signsIn({ payload }: Mutation): boolean {
  return payload.values.includes('accessToken');
}

function describeMutation(index: TypeIndex, field: IntrospectionField, type: string): Mutation {
  const argument = (name: string) => field.args.find(candidate => candidate.name === name);
  const input = argument('input');
  const idArgument = ['id', `${type.charAt(0).toLowerCase()}${type.slice(1)}Id`].find(argument) ?? null;
  const isObject = input !== undefined && bareType(input.type).kind === 'INPUT_OBJECT' && !bareType(input.type).isList;
  return {
    name: field.name,
    description: field.description ?? '',
    idArgument,
    takesVersion: argument('expectedVersion') !== undefined,
    input: isObject
      ? { typeText: typeText(input.type), fields: describeInput(index, bareType(input.type).name, type) }
      : null,
    arguments: field.args
      .filter(({ name }) => name !== idArgument && (!OWN_ARGUMENTS.includes(name) || (name === 'input' && !isObject)))
      .map(other => describeInputField(index, other, type)),
    payload: describePayload(index, bareType(field.type).name, type),
  };
}

function describePayload(index: TypeIndex, payload: string, type: string): Payload {
  const fields = fieldsOf(index, payload);
  const isValue = (field: IntrospectionField) => ['SCALAR', 'ENUM'].includes(bareType(field.type).kind);
  const isObject = (field: IntrospectionField) => bareType(field.type).name === type && !bareType(field.type).isList;
  return {
    object: fields.find(isObject)?.name ?? null,
    values: fields.filter(isValue).map(field => field.name),
    hasUserErrors: fields.some(field => field.name === 'userErrors'),
  };
}
