import { describe, expect, it } from 'vitest';
import { describeNouns, describeSingletons, ownedLists } from './nouns';
import { indexOf, SERVER_SCHEMA, SMALL_SCHEMA } from './schema.fixture';

const nouns = describeNouns(indexOf(SMALL_SCHEMA));
const plants = nouns.find(noun => noun.key === 'plants');

describe('describeNouns', () => {
  it('has each type that a root field lists without required arguments, and the other types with an id', () => {
    expect(nouns.map(noun => noun.key)).toEqual(['plants', 'beds', 'entries', 'Tool']);
    expect(plants).toMatchObject({ type: 'Plant', description: 'A plant in a bed.', label: 'name' });
  });

  it('describes how a list is filtered, ordered and limited', () => {
    expect(plants?.list).toMatchObject({ field: 'plants', where: 'PlantWhere', order: 'PlantOrder' });
    expect(plants?.list?.flags.map(flag => flag.name)).toEqual(['includeDeleted']);
    expect(ownedLists(nouns).map(noun => noun.list?.ownerArgument)).toEqual(['ownerId']);
  });

  it('finds the root field of one object, or none', () => {
    expect(plants?.single).toMatchObject({ field: 'plant', key: null, hasAsOf: true });
    expect(nouns.find(noun => noun.type === 'Tool')?.single).toBeNull();
  });

  it('sorts fields by what they contain', () => {
    const kinds = Object.fromEntries((plants?.fields ?? []).map(field => [field.name, field.kind]));
    expect(kinds).toMatchObject({ name: 'value', bed: 'relation', owner: 'relation', history: 'list' });
    expect(kinds).toMatchObject({ origin: 'embedded', pests: 'embedded', tags: 'value' });
    expect(kinds).not.toHaveProperty('shadow'); // it has a required argument
  });

  it('finds root fields with one object, such as the current tenant', () => {
    expect(describeSingletons(indexOf(SMALL_SCHEMA))).toEqual([{ field: 'firstBed', type: 'Bed' }]);
    expect(describeSingletons(indexOf(SERVER_SCHEMA)).map(({ field }) => field)).toEqual([
      'viewer',
      'tenant',
      'currentApiKey',
    ]);
  });

  it('covers every connection at the root of the server', () => {
    const keys = describeNouns(indexOf(SERVER_SCHEMA)).flatMap(noun => (noun.list ? [noun.list.field] : []));
    const fields = Object.values(SERVER_SCHEMA.getQueryType()?.getFields() ?? {});
    const listed = fields.filter(
      field => String(field.type).endsWith('Connection') && !field.args.some(argument => argument.name === 'query'),
    );
    const withoutIds = ['persistedDocuments']; // the view "Documents" lists them
    expect(keys).toEqual(listed.map(field => field.name).filter(name => !withoutIds.includes(name)));
  });
});
