import { type FormEvent, useState } from 'react';
import { type Conflict, type Draft, draftOf, findConflicts, otherChanges, type Row } from './describe/changes';
import type { InputField } from './describe/inputs';
import { displayName } from './describe/names';
import type { Raw } from './describe/values';
import { PanelHeading } from './Heading';
import { RelatedLabel } from './RelatedLabel';

interface Props {
  fields: readonly InputField[];
  /** The form as it was opened, the form as it was entered, and the object as it is now. */
  initial: Draft;
  draft: Draft;
  current: Row;
  isBusy: boolean;
  onResolve: (draft: Draft) => void;
  onClose: () => void;
}

type Side = 'mine' | 'theirs';

/** Shows what two people entered, field by field. The user chooses; nothing is overwritten unseen. */
export function ConflictForm({ fields, initial, draft, current, isBusy, onResolve, onClose }: Props) {
  const conflicts = findConflicts(fields, initial, draft, current);
  const others = otherChanges(fields, initial, draft, current);
  const [choices, setChoices] = useState<Record<string, Side>>(() =>
    Object.fromEntries(conflicts.filter(conflict => !conflict.theyChangedIt).map(({ name }) => [name, 'mine'])),
  );
  const isComplete = conflicts.every(({ name }) => choices[name]);
  const theirs = draftOf(fields, current);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const mine = conflicts.filter(({ name }) => choices[name] === 'mine').map(({ name, mine: raw }) => [name, raw]);
    onResolve({ ...theirs, ...Object.fromEntries(mine) });
  };
  return (
    <form className="panel conflict" onSubmit={submit} aria-label="Conflict">
      <PanelHeading>Someone else changed this object</PanelHeading>
      <p role="alert">Nothing was saved. Choose which value each field gets, then save.</p>
      {conflicts.map(conflict => (
        <ConflictField
          key={conflict.name}
          field={fields.find(field => field.name === conflict.name)}
          conflict={conflict}
          choice={choices[conflict.name]}
          onChoose={side => setChoices({ ...choices, [conflict.name]: side })}
        />
      ))}
      {others.length > 0 && (
        <p>
          Also changed by someone else; these values stay:{' '}
          {others.map(name => `${displayName(name)} (${describe(theirs[name])})`).join(', ')}
        </p>
      )}
      <div className="actions">
        <button type="submit" className="primary" disabled={isBusy || !isComplete}>
          Save the chosen values
        </button>
        <button type="button" onClick={onClose}>
          Discard my changes
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  field: InputField | undefined;
  conflict: Conflict;
  choice: Side | undefined;
  onChoose: (side: Side) => void;
}

function ConflictField({ field, conflict, choice, onChoose }: FieldProps) {
  const { name, base, mine, theirs, theyChangedIt } = conflict;
  const options: [Side, string, Raw][] = [
    ['mine', 'Your value', mine],
    ['theirs', theyChangedIt ? 'The value that someone else saved' : 'The value that was there before', theirs],
  ];
  return (
    <fieldset>
      <legend>{displayName(name)}</legend>
      {options.map(([side, label, raw]) => (
        <label key={side}>
          <input type="radio" name={name} checked={choice === side} onChange={() => onChoose(side)} /> {label}:{' '}
          <span className="text">{describe(raw)}</span> <LabelOfId field={field} raw={raw} />
        </label>
      ))}
      {theyChangedIt && <p className="hint">When you opened the form: {describe(base)}</p>}
    </fieldset>
  );
}

function describe(raw: Raw | undefined): string {
  const text = Array.isArray(raw) ? raw.join(', ') : (raw ?? '');
  return text === '' ? '(empty)' : text;
}

function LabelOfId({ field, raw }: { field: InputField | undefined; raw: Raw }) {
  const control = field?.control;
  return control?.kind === 'id' && control.type ? <RelatedLabel type={control.type} id={String(raw)} /> : null;
}
