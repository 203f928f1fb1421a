import { describe, expect, it } from 'vitest';
import { describeFields } from './fields';
import { describeOrder, directionOf, nextOrder } from './orders';
import { indexOf, SMALL_SCHEMA } from './schema.fixture';

const index = indexOf(SMALL_SCHEMA);
const columns = describeOrder(index, 'PlantOrder', describeFields(index, 'Plant'));

describe('the order of a list', () => {
  it('knows the columns that it can sort by', () => {
    expect([...columns.keys()]).toEqual(['id', 'name', 'plantedAt', 'bed']);
    expect(columns.get('plantedAt')?.('DESC')).toEqual({ field: 'PLANTED_AT', direction: 'DESC' });
    expect(columns.get('bed')?.('ASC')).toEqual({ bed: { field: 'NAME', direction: 'ASC' } });
  });

  it('goes from ascending to descending to the default', () => {
    const ascending = nextOrder(columns, 'name', []);
    const descending = nextOrder(columns, 'name', ascending);
    expect(directionOf(columns, 'name', ascending)).toBe('ASC');
    expect(directionOf(columns, 'name', descending)).toBe('DESC');
    expect(nextOrder(columns, 'name', descending)).toEqual([]);
  });

  it('starts with ascending for another column, and ignores unknown ones', () => {
    const byName = nextOrder(columns, 'name', []);
    expect(directionOf(columns, 'bed', byName)).toBeNull();
    expect(nextOrder(columns, 'bed', byName)).toEqual([{ bed: { field: 'NAME', direction: 'ASC' } }]);
    expect(nextOrder(columns, 'tags', byName)).toEqual([]);
  });
});
