import { type FormEvent, useState } from 'react';
import { versionOf } from './ActionBar';
import { ConflictForm } from './ConflictForm';
import { changedValues, type Draft, draftOf, type Row } from './describe/changes';
import type { Mutation } from './describe/mutations';
import type { Noun } from './describe/nouns';
import { Errors } from './Errors';
import { FormFields } from './FormFields';
import { PanelHeading } from './Heading';
import { assignErrors, isSuccess, type MutationResult, useMutation } from './useMutation';

interface Props {
  noun: Noun;
  mutation: Mutation;
  object: Row;
  onSaved: () => void;
  onClose: () => void;
}

/** The form of an object. Only the changed fields are sent, with the version that the form was opened with. */
export function EditForm({ noun, mutation, object, onSaved, onClose }: Props) {
  const fields = mutation.input?.fields ?? [];
  const [base, setBase] = useState(object);
  const [draft, setDraft] = useState<Draft>(() => draftOf(fields, object));
  const [invalid, setInvalid] = useState<Record<string, string>>({});
  const [result, setResult] = useState<MutationResult | null>(null);
  const { run, isBusy } = useMutation(mutation, noun);
  const initial = draftOf(fields, base);
  const save = async (from: Row, next: Draft) => {
    const { values, errors } = changedValues(fields, draftOf(fields, from), next, noun.fields);
    setInvalid(errors);
    if (isBusy || Object.keys(errors).length > 0) return;
    if (Object.keys(values).length === 0) return onSaved();
    const outcome = await run({ id: String(object.id), version: versionOf(from), input: values });
    setResult(outcome);
    if (isSuccess(outcome)) onSaved();
  };
  const current = currentAfterConflict(result, base);
  const resolve = (resolved: Draft) => {
    if (!current) return;
    setBase(current);
    setDraft(resolved);
    setResult(null);
    void save(current, resolved);
  };
  if (current) {
    return <ConflictForm {...{ fields, initial, draft, current, onClose }} onResolve={resolve} isBusy={isBusy} />;
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(base, draft);
  };
  const assigned = assignErrors(
    result?.userErrors ?? [],
    fields.map(field => field.name),
  );
  return (
    <form className="panel" onSubmit={submit} noValidate aria-label="Edit">
      <PanelHeading>Edit</PanelHeading>
      <FormFields fields={fields} draft={draft} errors={{ ...assigned.byField, ...invalid }} onChange={setDraft} />
      <Errors errors={[...(result?.errors ?? []), ...assigned.others]} />
      <div className="actions">
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? 'Saving…' : 'Save'}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** The object as someone else has left it, if that is why nothing was saved. */
function currentAfterConflict(result: MutationResult | null, base: Row): Row | null {
  const isConflict = result?.userErrors.some(error => error.code === 'CONFLICT') ?? false;
  return isConflict && result?.object && versionOf(result.object) !== versionOf(base) ? result.object : null;
}
