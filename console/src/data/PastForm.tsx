import { type FormEvent, useId, useState } from 'react';
import { openView } from '../ui/view';
import type { Noun } from './describe/nouns';
import { type ObjectRoute, objectPath } from './describe/route';
import { toLocal } from './describe/values';

/** The form to see an object as it was at another time. */
export function PastForm({ noun, route }: { noun: Noun; route: ObjectRoute }) {
  const id = useId();
  const [time, setTime] = useState(route.asOf ? toLocal(route.asOf) : '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const at = new Date(time);
    if (Number.isNaN(at.getTime())) return;
    openView(objectPath(noun.key, route.id, { asOf: at.toISOString(), flags: route.flags }));
  };
  return (
    <form className="inline" onSubmit={submit}>
      <label htmlFor={id}>As it was at</label>{' '}
      <input
        id={id}
        type="datetime-local"
        step={1}
        required
        value={time}
        onChange={event => setTime(event.target.value)}
      />{' '}
      <button type="submit">Show</button>
    </form>
  );
}
