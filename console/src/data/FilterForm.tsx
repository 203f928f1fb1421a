import { type FormEvent, useId, useMemo, useState } from 'react';
import { useCatalog } from './catalog';
import { type DraftCondition, draftOfCondition, fieldOfRow, newRow, readRows } from './describe/conditions';
import { buildWhere, describeFilter, type FilterField, readWhere, type Where } from './describe/filters';
import { displayName } from './describe/names';
import type { Flag, Noun } from './describe/nouns';
import { FilterRow } from './FilterRow';
import { JsonFilter } from './JsonFilter';

interface Props {
  noun: Noun;
  where: Where | null;
  flags: readonly string[];
  onApply: (where: Where | null, flags: string[]) => void;
}

/** The filter of a list: a form for its conditions, or JSON for what the form cannot show. */
export function FilterForm({ noun, where, flags, onApply }: Props) {
  const { index } = useCatalog();
  const list = noun.list;
  const fields = useMemo(
    () => (list?.where ? describeFilter(index, list.where, noun.type) : []),
    [index, list, noun.type],
  );
  const conditions = readWhere(fields, where);
  const [isJson, setJson] = useState(conditions === null);
  if (!list || (fields.length === 0 && list.flags.length === 0)) return null;
  return (
    <details className="filter" open={where !== null}>
      <summary>Filter{where ? ' (active)' : ''}</summary>
      {isJson || conditions === null ? (
        <JsonFilter where={where} type={list.where ?? ''} onApply={next => onApply(next, [...flags])} />
      ) : (
        <ConditionForm
          fields={fields}
          initial={conditions.map(condition => draftOfCondition(fields, condition))}
          flags={list.flags}
          active={flags}
          onApply={onApply}
        />
      )}
      {conditions !== null && fields.length > 0 && (
        <button type="button" className="plain" onClick={() => setJson(!isJson)}>
          {isJson ? 'Edit as a form' : 'Edit as JSON'}
        </button>
      )}
    </details>
  );
}

interface ConditionFormProps {
  fields: readonly FilterField[];
  initial: DraftCondition[];
  flags: readonly Flag[];
  active: readonly string[];
  onApply: Props['onApply'];
}

/** A row with the number that distinguishes it from the others. */
type NumberedRow = DraftCondition & { key: number };

function ConditionForm({ fields, initial, flags, active, onApply }: ConditionFormProps) {
  const [rows, setRows] = useState<NumberedRow[]>(() => initial.map((row, key) => ({ ...row, key })));
  const [nextKey, setNextKey] = useState(initial.length);
  const [chosen, setChosen] = useState<string[]>([...active]);
  const [isChecked, setChecked] = useState(false);
  const { conditions, errors } = readRows(fields, rows);
  const add = (path: string) => {
    const field = fieldOfRow(fields, { path: path.split('.') });
    if (!field) return;
    setRows([...rows, { ...newRow(field), key: nextKey }]);
    setNextKey(nextKey + 1);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (errors.every(error => error === null)) onApply(buildWhere(conditions), chosen);
  };
  return (
    <form onSubmit={submit} noValidate>
      {rows.map((row, position) => (
        <FilterRow
          key={row.key}
          fields={fields}
          row={row}
          error={isChecked ? (errors[position] ?? null) : null}
          onChange={next => setRows(rows.with(position, { ...next, key: row.key }))}
          onRemove={() => setRows(rows.filter(other => other !== row))}
        />
      ))}
      <AddCondition fields={fields} onAdd={add} />
      <FlagChoices flags={flags} chosen={chosen} onChange={setChosen} />
      <div className="actions">
        <button type="submit" className="primary">
          Apply
        </button>
        <button type="button" onClick={() => onApply(null, [])}>
          Clear
        </button>
      </div>
    </form>
  );
}

function AddCondition({ fields, onAdd }: { fields: readonly FilterField[]; onAdd: (path: string) => void }) {
  const id = useId();
  const groups = groupFields(fields);
  return (
    <p>
      <label htmlFor={id}>Add a condition</label>{' '}
      <select id={id} value="" onChange={event => onAdd(event.target.value)}>
        <option value="">Choose a field…</option>
        {[...groups].map(([group, members]) => (
          <FieldOptions key={group} group={group} fields={members} />
        ))}
      </select>
    </p>
  );
}

/** The fields of the object, and of each relation. */
function groupFields(fields: readonly FilterField[]): Map<string, FilterField[]> {
  const groups = new Map<string, FilterField[]>();
  for (const field of fields) {
    const group = field.path.slice(0, -1).map(displayName).join(' / ');
    groups.set(group, [...(groups.get(group) ?? []), field]);
  }
  return groups;
}

function FieldOptions({ group, fields }: { group: string; fields: readonly FilterField[] }) {
  const options = fields.map(field => (
    <option key={field.path.join('.')} value={field.path.join('.')} title={field.description}>
      {displayName(field.path.at(-1) ?? '')}
    </option>
  ));
  return group === '' ? options : <optgroup label={group}>{options}</optgroup>;
}

function FlagChoices(props: { flags: readonly Flag[]; chosen: string[]; onChange: (chosen: string[]) => void }) {
  const { flags, chosen, onChange } = props;
  return flags.map(({ name, description }) => (
    <p key={name}>
      <label title={description}>
        <input
          type="checkbox"
          checked={chosen.includes(name)}
          onChange={event =>
            onChange(event.target.checked ? [...chosen, name] : chosen.filter(other => other !== name))
          }
        />{' '}
        {displayName(name)}
      </label>
    </p>
  ));
}
