import { useState } from 'react';
import type { Row } from './describe/changes';
import type { Mutation, NounMutations } from './describe/mutations';
import { displayName } from './describe/names';
import type { Noun } from './describe/nouns';
import { MutationForm } from './MutationForm';
import type { MutationResult } from './useMutation';

interface Props {
  noun: Noun;
  object: Row;
  mutations: NounMutations;
  onEdit: () => void;
  onChanged: () => void;
  onDeleted: () => void;
}

/** The buttons for what the user may do with an object. Each action is confirmed in its form. */
export function ActionBar({ noun, object, mutations, onEdit, onChanged, onDeleted }: Props) {
  const [chosen, setChosen] = useState<Mutation | null>(null);
  const [result, setResult] = useState<string | null>(null);
  const actions = [...mutations.actions, ...(mutations.delete ? [mutations.delete] : [])];
  const finish = (mutation: Mutation, { values }: MutationResult) => {
    setChosen(null);
    if (values.deletedId) return onDeleted();
    setResult(describeResult(mutation, values));
    onChanged();
  };
  if (!mutations.update && actions.length === 0) return null;
  if (chosen) {
    return (
      <MutationForm
        mutation={chosen}
        noun={noun}
        target={{ id: String(object.id), version: versionOf(object) }}
        question={`${displayName(chosen.name)}: ${nameOf(noun, object)}?`}
        onDone={done => finish(chosen, done)}
        onStale={onChanged}
        onClose={() => setChosen(null)}
      />
    );
  }
  return (
    <div className="toolbar">
      {mutations.update && (
        <button type="button" className="primary" onClick={onEdit}>
          Edit
        </button>
      )}
      {actions.map(mutation => (
        <button key={mutation.name} type="button" title={mutation.description} onClick={() => setChosen(mutation)}>
          {displayName(mutation.name)}
        </button>
      ))}
      <p role="status">{result}</p>
    </div>
  );
}

/** The version of an object, if it has one. */
export function versionOf(object: Row): number | undefined {
  return typeof object.version === 'number' ? object.version : undefined;
}

function nameOf(noun: Noun, object: Row): string {
  const label = noun.label === null ? null : object[noun.label];
  return label ? `“${String(label)}”` : String(object.id);
}

function describeResult(mutation: Mutation, values: Row): string {
  const shown = Object.entries(values).filter(([, value]) => value !== null);
  const texts = shown.map(([name, value]) => `${displayName(name)}: ${String(value)}`);
  return [`${displayName(mutation.name)}: done.`, ...texts].join(' ');
}
