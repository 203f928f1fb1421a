import { describe, expect, it } from 'vitest';
import { parseHash } from '../../ui/view';
import { listPath, objectPath, readRoute } from './route';

const read = (path: string) => {
  const { segments, search } = parseHash(`#${path}`);
  return readRoute(segments, search);
};

describe('the address of the data browser', () => {
  it('is read as it was written', () => {
    const list = {
      noun: 'tasks',
      where: { title: { contains: '50% #1 & <b>?' } },
      order: [{ field: 'TITLE', direction: 'DESC' }],
      flags: ['includeDeleted'],
      size: 50,
      after: 'WyJ4Il0=+/',
    };
    expect(read(listPath(list))).toEqual({ view: 'list', ...list });
    const object = { asOf: '2026-01-01T00:00:00.000Z', flags: ['includeDeleted'] };
    expect(read(objectPath('tasks', 'a/b?c#d', object))).toEqual({
      view: 'object',
      noun: 'tasks',
      id: 'a/b?c#d',
      ...object,
    });
  });

  it('has defaults', () => {
    expect(read('/data')).toEqual({ view: 'nouns' });
    expect(read('/data/tasks')).toEqual({ view: 'list', noun: 'tasks', where: null, order: [], flags: [], size: 20 });
    expect(listPath({ noun: 'tasks' })).toBe('/data/tasks');
  });

  it.each(['where=x', 'where=[]', 'where=null', 'order={}', 'order=[1]', 'size=0', 'size=101', 'size=x', '%zz=%'])(
    'ignores what is malformed: %s',
    search => expect(read(`/data/tasks?${search}`)).toEqual(read('/data/tasks')),
  );
});
