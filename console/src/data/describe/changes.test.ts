import { describe, expect, it } from 'vitest';
import { changedValues, currentValue, draftOf, enteredValues, findConflicts, otherChanges } from './changes';
import { describeFields } from './fields';
import { describeMutations } from './mutations';
import { indexOf, SMALL_SCHEMA } from './schema.fixture';
import { defaultRaw } from './values';

const index = indexOf(SMALL_SCHEMA);
const { create, update } = describeMutations(index, 'Plant', () => true);
const inputs = update?.input?.fields ?? [];
const shown = describeFields(index, 'Plant');
const rose = {
  id: 'plant_1',
  name: 'Rose',
  latinName: null,
  size: 'SMALL',
  plantedAt: '2026-05-06T07:08:09.123456Z',
  price: '1.50',
  bed: { id: 'bed_1' },
};
const opened = draftOf(inputs, rose);

describe('a form of an object', () => {
  it('shows related objects by their ids', () => {
    expect(currentValue(rose, 'bedId')).toBe('bed_1');
    expect(currentValue({ bed: null }, 'bedId')).toBeNull();
  });

  it('sends nothing that was not changed, also no rounded time', () => {
    expect(changedValues(inputs, opened, opened, shown)).toEqual({ values: {}, errors: {} });
  });

  it('sends only what was changed; cleared values become null, or empty text where null is impossible', () => {
    const draft = { ...opened, name: '', latinName: 'rosa', bedId: '', price: '2' };
    const { values } = changedValues(inputs, opened, draft, shown);
    expect(values).toEqual({ name: '', latinName: 'rosa', bedId: null, price: '2' });
  });

  it('reports what cannot be sent at its field', () => {
    const { values, errors } = changedValues(inputs, opened, { ...opened, price: 'much' }, shown);
    expect([values, Object.keys(errors)]).toEqual([{}, ['price']]);
  });
});

describe('a form of a new object', () => {
  const fields = create?.input?.fields ?? [];
  const empty = Object.fromEntries(fields.map(field => [field.name, defaultRaw(field)]));

  it('starts with the defaults and omits what is empty', () => {
    const { values } = enteredValues(fields, { ...empty, name: 'Oak' });
    expect(values).toEqual({ name: 'Oak', size: 'SMALL', price: '1.5', count: 3, wet: true });
  });

  it('leaves the check of a required text to the server, which says what is required', () => {
    expect(enteredValues(fields, empty).values).toHaveProperty('name', '');
  });
});

describe('a conflict', () => {
  const mine = { ...opened, name: 'My rose', latinName: 'rosa', price: '3.00' };
  const theirs = { ...rose, name: 'Their rose', size: 'LARGE', price: '3.00' };

  it('shows both values of the fields that differ', () => {
    expect(findConflicts(inputs, opened, mine, theirs)).toEqual([
      { name: 'name', base: 'Rose', mine: 'My rose', theirs: 'Their rose', theyChangedIt: true },
      { name: 'latinName', base: '', mine: 'rosa', theirs: '', theyChangedIt: false },
    ]); // both entered the same price
  });

  it('names what only the other person changed', () => {
    expect(otherChanges(inputs, opened, mine, theirs)).toEqual(['size']);
  });
});
