import { type GraphQLSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { describeFields } from './fields';
import { describeMutations } from './mutations';
import { describeNouns, type Noun } from './nouns';
import {
  type BuiltOperation,
  listOperation,
  mutationOperation,
  objectOperation,
  sectionOperation,
  singletonOperation,
  typeOperation,
} from './operations';
import { indexOf, SERVER_SCHEMA, SMALL_SCHEMA } from './schema.fixture';
import type { TypeIndex } from './typeIndex';

const PAGE = { first: 20, after: 'x', where: {}, orderBy: [] };

function operationsOf(index: TypeIndex, noun: Noun): BuiltOperation[] {
  const { create, update, delete: remove, actions, creations } = describeMutations(index, noun.type, () => true);
  const mutations = [create, update, remove, ...actions, ...creations].filter(mutation => mutation !== null);
  const options = { flags: noun.single?.flags.map(flag => flag.name) ?? [] };
  const owner = { noun, id: 'x', options };
  const lists = noun.fields.filter(field => field.kind === 'list');
  const everyArgument = (names: string[]) => Object.fromEntries(names.map(name => [name, null]));
  return [
    ...(noun.list
      ? [listOperation(index, noun, { ...PAGE, flags: noun.list.flags.map(flag => flag.name), owner: 'x' })]
      : []),
    objectOperation(noun, 'x', options),
    objectOperation({ ...noun, single: null }, 'x'),
    ...(noun.single?.hasAsOf ? [objectOperation(noun, 'x', { asOf: '2026-01-01T00:00:00Z' })] : []),
    ...lists.map(field => sectionOperation(index, owner, field, describeFields(index, field.type), PAGE)),
    ...mutations.map(mutation =>
      mutationOperation(mutation, noun, {
        id: 'x',
        version: 1,
        input: {},
        arguments: everyArgument(mutation.arguments.map(argument => argument.name)),
      }),
    ),
  ];
}

function problems(schema: GraphQLSchema, { query }: BuiltOperation): string[] {
  return validate(schema, parse(query)).map(error => `${error.message} in ${query}`);
}

describe('the operations of every noun', () => {
  it.each([
    ['the server', SERVER_SCHEMA],
    ['a small schema', SMALL_SCHEMA],
  ])('are valid for %s', (_name, schema) => {
    const index = indexOf(schema);
    const nouns = describeNouns(index).filter(noun => noun.type !== 'Node');
    const operations = nouns.flatMap(noun => operationsOf(index, noun));
    expect(operations.length).toBeGreaterThan(2 * nouns.length);
    expect(operations.flatMap(operation => problems(schema, operation))).toEqual([]);
  });

  it('of single objects are valid', () => {
    expect(problems(SERVER_SCHEMA, typeOperation('x'))).toEqual([]);
    expect(problems(SERVER_SCHEMA, singletonOperation('tenant'))).toEqual([]);
  });
});

describe('listOperation', () => {
  const index = indexOf(SMALL_SCHEMA);
  const plants = describeNouns(index)[0] as Noun;

  it('sends only the arguments that are given', () => {
    const { query, variables } = listOperation(index, plants, { first: 5 });
    expect(query).toContain('BrowseList($first: Int) { plants(first: $first) { totalCount nodes {');
    expect(variables).toEqual({ first: 5 });
  });

  it('asks for the number of all objects only if the connection has it', () => {
    const beds = describeNouns(index).find(noun => noun.key === 'beds') as Noun;
    expect(listOperation(index, beds, { first: 5 }).query).not.toContain('totalCount');
  });
});
