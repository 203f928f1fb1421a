import { describe, expect, it } from 'vitest';
import { describeMutations } from './mutations';
import { indexOf, SERVER_SCHEMA, SMALL_SCHEMA } from './schema.fixture';

const index = indexOf(SMALL_SCHEMA);
const all = describeMutations(index, 'Plant', () => true);

describe('describeMutations', () => {
  it('finds what creates, updates, deletes and changes an object', () => {
    expect(all.create?.name).toBe('createPlant');
    expect(all.update).toMatchObject({ name: 'updatePlant', idArgument: 'id', takesVersion: true });
    expect(all.delete?.payload).toEqual({ object: 'plant', values: ['deletedId'], hasUserErrors: true });
    expect(all.actions.map(action => action.name)).toEqual(['waterPlant']);
    expect(all.actions[0]?.arguments.map(argument => argument.name)).toEqual(['litres']);
  });

  it('finds another verb that creates an object from its input', () => {
    expect(describeMutations(index, 'Bed', () => true).create?.name).toBe('digBed');
    const server = indexOf(SERVER_SCHEMA);
    expect(describeMutations(server, 'Order', () => true).create?.name).toBe('placeOrder');
    expect(describeMutations(server, 'User', () => true).create).toBeNull(); // not login or register
  });

  it('finds actions that take the id under the name of the type', () => {
    const { actions, creations } = describeMutations(indexOf(SERVER_SCHEMA), 'Account', () => true);
    expect(actions.map(({ name, idArgument }) => [name, idArgument])).toEqual([
      ['closeAccount', 'id'],
      ['deposit', 'accountId'],
      ['withdraw', 'accountId'],
    ]);
    expect(actions[1]?.arguments.map(({ name }) => name)).toEqual(['amount', 'memo']);
    expect(creations).toEqual([]);
  });

  it('takes an id for that of the type which the name of the mutation ends with', () => {
    const index = indexOf(SERVER_SCHEMA);
    const namesOf = (type: string) => describeMutations(index, type, () => true).actions.map(({ name }) => name);
    expect(namesOf('Webhook')).toEqual(['rotateWebhookSecret', 'pauseWebhook', 'resumeWebhook', 'testWebhook']);
    expect(namesOf('WebhookDelivery')).toEqual(['redeliverWebhookDelivery']); // not testWebhook, which returns one
  });

  it('finds what creates an object with the ids of others', () => {
    const { actions, creations } = describeMutations(indexOf(SERVER_SCHEMA), 'Transfer', () => true);
    expect(actions).toEqual([]);
    expect(creations.map(({ name }) => name)).toEqual(['deposit', 'withdraw', 'transferFunds']);
    const controls = creations[2]?.arguments.map(({ name, control }) => [name, control]);
    expect(controls).toEqual([
      ['fromId', { kind: 'id', type: 'Account' }],
      ['toId', { kind: 'id', type: 'Account' }],
      ['amount', { kind: 'decimal' }],
      ['memo', { kind: 'text' }],
    ]);
  });

  it('finds the type of an id by the end of its name', () => {
    const { actions } = describeMutations(indexOf(SERVER_SCHEMA), 'Worker', () => true);
    const transfer = actions.find(({ name }) => name === 'transferWorker');
    expect(transfer?.idArgument).toBe('workerId');
    expect(transfer?.arguments.map(({ control }) => control)).toEqual([
      { kind: 'id', type: 'Team' },
      { kind: 'id', type: 'Team' },
    ]);
  });

  it('leaves out what is not permitted', () => {
    const none = describeMutations(index, 'Plant', () => false);
    expect(none).toEqual({ create: null, update: null, delete: null, actions: [], creations: [] });
    const some = describeMutations(index, 'Plant', name => name === 'deletePlant');
    expect([some.update, some.delete?.name]).toEqual([null, 'deletePlant']);
  });
});

describe('the form of an input', () => {
  const controls = Object.fromEntries((all.create?.input?.fields ?? []).map(field => [field.name, field.control]));

  it('chooses the control by type', () => {
    expect(controls.name).toEqual({ kind: 'text' });
    expect(controls.latinName).toEqual({ kind: 'longText' });
    expect(controls.price).toEqual({ kind: 'decimal' });
    expect(controls.plantedAt).toEqual({ kind: 'dateTime' });
    expect(controls.tags).toEqual({ kind: 'json' });
    expect(controls.sizes?.kind).toBe('enums');
    expect(controls.size).toMatchObject({ kind: 'enum', values: [{ name: 'SMALL' }, { name: 'LARGE' }] });
  });

  it('knows the type that an id belongs to', () => {
    expect(controls.bedId).toEqual({ kind: 'id', type: 'Bed' });
  });
});
