import { describe, expect, it } from 'vitest';
import { draftOfCondition, newRow, readRows } from './conditions';
import { buildWhere, type Condition, describeFilter, type FilterField, readWhere, type Where } from './filters';
import { indexOf, SMALL_SCHEMA } from './schema.fixture';

const fields = describeFilter(indexOf(SMALL_SCHEMA), 'PlantWhere', 'Plant');
const fieldAt = (path: string) => fields.find(field => field.path.join('.') === path) as FilterField;

describe('describeFilter', () => {
  it('has the fields of the object and those of its relations', () => {
    const paths = fields.map(field => field.path.join('.'));
    expect(paths).toEqual(['id', 'name', 'size', 'plantedAt', 'bedId', 'isMine', 'bed.name']);
  });

  it('has the fields of listed objects, with a quantifier', () => {
    const beds = describeFilter(indexOf(SMALL_SCHEMA), 'BedWhere', 'Bed').map(field => field.path.join('.'));
    expect(beds).toContain('plants.some.name');
    expect(beds).toContain('plants.none.size');
    expect(beds).toContain('plants.count');
  });

  it('chooses operators and controls by type', () => {
    expect(fieldAt('name').operators.map(operator => operator.name)).toEqual(['eq', 'contains', 'in', 'isNull']);
    expect(fieldAt('size').operators[1]).toMatchObject({ name: 'in', control: { kind: 'enums' } });
    expect(fieldAt('plantedAt').operators[0]?.control.kind).toBe('dateTime');
    expect(fieldAt('bedId').operators[0]?.control).toEqual({ kind: 'id', type: 'Bed' });
    expect(fieldAt('isMine').operators).toMatchObject([{ name: '', control: { kind: 'boolean' } }]);
  });
});

describe('the where input', () => {
  const conditions: Condition[] = [
    { path: ['name'], operator: 'contains', value: 'o' },
    { path: ['bed', 'name'], operator: 'eq', value: 'x' },
    { path: ['isMine'], operator: '', value: true },
  ];

  it('joins the conditions, also two on one field', () => {
    expect(buildWhere([])).toBeNull();
    expect(buildWhere(conditions.slice(1, 2))).toEqual({ bed: { name: { eq: 'x' } } });
    const two = [conditions[0], { path: ['name'], operator: 'contains', value: 'p' }] as Condition[];
    expect(buildWhere(two)).toEqual({ and: [{ name: { contains: 'o' } }, { name: { contains: 'p' } }] });
  });

  it('is read back as the same conditions', () => {
    expect(readWhere(fields, buildWhere(conditions))).toEqual(conditions);
    expect(readWhere(fields, null)).toEqual([]);
  });

  it('reads several conditions of one object', () => {
    const where = { name: { contains: 'o', isNull: false }, isMine: false };
    expect(readWhere(fields, where)).toEqual([
      { path: ['name'], operator: 'contains', value: 'o' },
      { path: ['name'], operator: 'isNull', value: false },
      { path: ['isMine'], operator: '', value: false },
    ]);
  });

  it.each([
    { or: [{ name: { eq: 'x' } }] },
    { unknown: { eq: 1 } },
    { name: { like: 'x' } },
    { name: {} },
    { bed: {} },
    { name: 1 },
  ])('is not read if the form cannot show it: %j', where => expect(readWhere(fields, where as Where)).toBeNull());
});

describe('rows of the form', () => {
  const read = (path: string, operator: string, raw: string | string[]) =>
    readRows(fields, [{ path: path.split('.'), operator, raw }]);

  it('start with the operator that people need most', () => {
    expect(newRow(fieldAt('name')).operator).toBe('contains');
    expect(newRow(fieldAt('size'))).toMatchObject({ operator: 'eq', raw: '' });
    expect(newRow(fieldAt('isMine'))).toMatchObject({ operator: '', raw: 'true' });
  });

  it('become values of the type', () => {
    expect(read('isMine', '', 'false').conditions[0]?.value).toBe(false);
    expect(read('name', 'isNull', 'true').conditions[0]?.value).toBe(true);
    expect(read('name', 'in', 'a, b').conditions[0]?.value).toEqual(['a', 'b']);
    expect(read('size', 'in', ['SMALL']).conditions[0]?.value).toEqual(['SMALL']);
  });

  it('are refused without a value, which would match everything', () => {
    expect(read('name', 'contains', '').errors).toEqual(['Enter a value.']);
    expect(read('size', 'in', []).errors).toEqual(['Enter a value.']);
  });

  it('show the conditions that they were read from', () => {
    const condition = { path: ['name'], operator: 'in', value: ['a', 'b'] };
    const row = draftOfCondition(fields, condition);
    expect(row.raw).toBe('a, b');
    expect(readRows(fields, [row]).conditions).toEqual([condition]);
  });
});
