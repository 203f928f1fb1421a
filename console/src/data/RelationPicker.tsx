import { useEffect, useId, useState } from 'react';
import { type Catalog, listedNouns, useCatalog } from './catalog';
import type { Row } from './describe/changes';
import { type BuiltOperation, listOperation } from './describe/operations';
import { inputFieldsOf } from './describe/typeIndex';
import { ariaOf, type ControlProps } from './InputControl';
import { RelatedLabel } from './RelatedLabel';
import { useOperation } from './useOperation';

const DELAY_MS = 250;
const SUGGESTIONS = 20;

/** An input for the id of an object. It suggests objects whose label contains what is entered. */
export function RelationPicker(props: ControlProps & { type: string | null }) {
  const { id, raw, hint, onChange, type } = props;
  const catalog = useCatalog();
  const listId = useId();
  const [isActive, setActive] = useState(false);
  const text = useDelayed(String(raw));
  const suggestion = isActive && type ? suggestionsOf(catalog, type, text) : null;
  const { data } = useOperation<Suggestions>(suggestion);
  const label = type ? (listedNouns(catalog).find(noun => noun.type === type)?.label ?? null) : null;
  return (
    <>
      <input
        id={id}
        type="text"
        list={listId}
        value={String(raw)}
        placeholder={hint ?? (label ? 'Type to search' : 'id')}
        autoComplete="off"
        onFocus={() => setActive(true)}
        onChange={event => onChange(event.target.value)}
        {...ariaOf(props)}
      />
      <datalist id={listId}>
        {rowsOf(data).map(row => (
          <option key={String(row.id)} value={String(row.id)}>
            {label ? String(row[label]) : ''}
          </option>
        ))}
      </datalist>
      {type && <RelatedLabel type={type} id={text} />}
    </>
  );
}

type Suggestions = Record<string, { nodes: Row[] } | null>;

function rowsOf(data: Suggestions | null): Row[] {
  return Object.values(data ?? {})[0]?.nodes ?? [];
}

/** The query of the objects to suggest; null if their type has no list that the user may read. */
export function suggestionsOf(catalog: Catalog, type: string, text: string): BuiltOperation | null {
  const noun = listedNouns(catalog).find(candidate => candidate.type === type);
  if (!noun?.list || noun.label === null) return null;
  const label = noun.label;
  const shown = { ...noun, fields: noun.fields.filter(field => field.name === label) };
  const canSearch = inputFieldsOf(catalog.index, noun.list.where).some(input => input.name === label);
  const isSearch = text !== '' && canSearch && !/^[a-z_]+_[0-9a-f]{32}$/.test(text);
  const where = isSearch ? { where: { [label]: { contains: text } } } : {};
  return listOperation(catalog.index, shown, { first: SUGGESTIONS, ...where });
}

/** A value that follows its changes after a moment without further changes. */
function useDelayed(value: string): string {
  const [delayed, setDelayed] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), DELAY_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return delayed;
}
