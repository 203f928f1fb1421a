import { type FormEvent, useState } from 'react';
import { type Draft, enteredValues } from './describe/changes';
import type { Mutation } from './describe/mutations';
import { displayName } from './describe/names';
import type { Noun } from './describe/nouns';
import { defaultRaw } from './describe/values';
import { Errors } from './Errors';
import { FormFields } from './FormFields';
import { PanelHeading } from './Heading';
import { assignErrors, isSuccess, type MutationResult, useMutation } from './useMutation';

interface Props {
  mutation: Mutation;
  noun: Noun;
  /** The object that the mutation changes; absent for a new one. */
  target?: { id: string; version?: number | undefined };
  /** What the mutation is about to do, and with which object. */
  question?: string;
  onDone: (result: MutationResult) => void;
  /** Called if someone else changed the object meanwhile: the user confirms again, after seeing it. */
  onStale?: () => void;
  onClose: () => void;
}

/** The form of a mutation with its input and arguments: a new object, or an action that is to be confirmed. */
export function MutationForm({ mutation, noun, target, question, onDone, onStale, onClose }: Props) {
  const inputs = mutation.input?.fields ?? [];
  const fields = [...inputs, ...mutation.arguments];
  const [draft, setDraft] = useState<Draft>(() => Object.fromEntries(fields.map(f => [f.name, defaultRaw(f)])));
  const [invalid, setInvalid] = useState<Record<string, string>>({});
  const [result, setResult] = useState<MutationResult | null>(null);
  const { run, isBusy } = useMutation(mutation, noun);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = enteredValues(inputs, draft);
    const others = enteredValues(mutation.arguments, draft);
    const errors = { ...input.errors, ...others.errors };
    setInvalid(errors);
    if (isBusy || Object.keys(errors).length > 0) return;
    const next = await run({ ...target, input: input.values, arguments: others.values });
    setResult(next);
    if (isSuccess(next)) onDone(next);
    else if (next.userErrors.some(({ code }) => code === 'CONFLICT')) onStale?.();
  };
  const assigned = assignErrors(
    result?.userErrors ?? [],
    fields.map(field => field.name),
  );
  const name = displayName(mutation.name);
  return (
    <form className="panel" onSubmit={event => void submit(event)} noValidate aria-label={name}>
      <PanelHeading>{name}</PanelHeading>
      <p className="description">{mutation.description}</p>
      {question && <p>{question}</p>}
      <FormFields fields={fields} draft={draft} errors={{ ...assigned.byField, ...invalid }} onChange={setDraft} />
      <Errors errors={[...(result?.errors ?? []), ...assigned.others]} />
      <div className="actions">
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? 'Sending…' : name}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
