import { type FormEvent, useState } from 'react';
import type { Failure } from '../session/operations';
import { usePasskeysAvailable } from '../session/passkeys/PasskeyButton';
import { addPasskey } from '../session/passkeys/passkeys';
import { useAttempt } from '../session/useSignIn';
import { type Passkey, removePasskey, renamePasskey, usePasskeys } from './passkeyList';

/** The passkeys of the signed-in user, to add, rename and remove them. */
export function PasskeysPanel() {
  const { passkeys, problem, reload } = usePasskeys();
  return (
    <section aria-labelledby="passkeys-title">
      <h2 id="passkeys-title">Passkeys</h2>
      <p className="muted">
        A passkey signs you in with the fingerprint, face or PIN of your device, without password and code.
      </p>
      {problem && <p role="alert">{problem}</p>}
      {passkeys === null && !problem && <p role="status">Loading…</p>}
      {passkeys?.length === 0 && <p>You have no passkeys.</p>}
      <ul>
        {passkeys?.map(passkey => (
          <PasskeyItem key={passkey.id} passkey={passkey} onChanged={() => void reload()} />
        ))}
      </ul>
      <AddForm onAdded={() => void reload()} />
    </section>
  );
}

function PasskeyItem({ passkey, onChanged }: { passkey: Passkey; onChanged: () => void }) {
  const [mode, setMode] = useState<'shown' | 'renaming' | 'removing'>('shown');
  const done = () => {
    setMode('shown');
    onChanged();
  };
  const { failure, isBusy, attempt } = useAttempt(
    (change: (id: string, name: string) => Promise<Failure | null>, name: string) => change(passkey.id, name),
    done,
  );
  const rename = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void attempt(renamePasskey, String(new FormData(event.currentTarget).get('name')));
  };
  return (
    <li aria-label={passkey.name}>
      <div>
        <strong>{passkey.name}</strong> <span className="muted">{describeUse(passkey)}</span>
        {failure && (
          <p role="alert" className="error">
            {failure.message}
          </p>
        )}
      </div>
      {mode === 'shown' && (
        <div className="actions">
          <button type="button" onClick={() => setMode('renaming')}>
            Rename
          </button>
          <button type="button" onClick={() => setMode('removing')}>
            Remove
          </button>
        </div>
      )}
      {mode === 'renaming' && (
        <form className="actions" onSubmit={rename}>
          <input name="name" aria-label="New name" defaultValue={passkey.name} maxLength={100} required />
          <button type="submit" className="primary" disabled={isBusy}>
            Save
          </button>
          <CancelButton onClick={() => setMode('shown')} />
        </form>
      )}
      {mode === 'removing' && (
        <div className="actions">
          <span>It no longer signs you in then.</span>
          <button type="button" className="primary" disabled={isBusy} onClick={() => void attempt(removePasskey, '')}>
            Remove it
          </button>
          <CancelButton onClick={() => setMode('shown')} />
        </div>
      )}
    </li>
  );
}

function CancelButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" onClick={onClick}>
      Cancel
    </button>
  );
}

function AddForm({ onAdded }: { onAdded: () => void }) {
  const isAvailable = usePasskeysAvailable();
  const { failure, isBusy, attempt } = useAttempt(addPasskey, onAdded);
  if (!isAvailable) return <p>This browser, or this server, does not support passkeys.</p>;
  const add = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    if ((await attempt(String(new FormData(form).get('name')))) === null) form.reset();
  };
  return (
    <form onSubmit={event => void add(event)}>
      <label>
        Name of a new passkey
        <input
          name="name"
          autoComplete="off"
          placeholder="Laptop"
          maxLength={100}
          required
          pattern=".*\S.*"
          title="A name that is not only spaces"
        />
      </label>
      {failure && (
        <p role="alert" className="error">
          {failure.message}
        </p>
      )}
      <button type="submit" className="primary" disabled={isBusy}>
        {isBusy ? 'Adding…' : 'Add a passkey'}
      </button>
    </form>
  );
}

function describeUse({ createdAt, lastUsedAt, isBackedUp }: Passkey): string {
  const used = lastUsedAt ? `last used ${day(lastUsedAt)}` : 'never used';
  return `added ${day(createdAt)}, ${used}${isBackedUp ? ', synchronized' : ''}`;
}

function day(time: string): string {
  return new Date(time).toLocaleDateString();
}
