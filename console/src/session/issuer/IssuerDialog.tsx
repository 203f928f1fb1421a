import { type FormEvent, useState } from 'react';
import { useStore } from '../../server/store';
import { CodeField } from '../CodeField';
import { PromptDialog } from '../PromptDialog';
import { fail, issuerPrompt, present, type Step, step } from './redeem';

/** The dialog that is shown when an issuer has sent the browser back. */
export function IssuerDialog() {
  const current = useStore(step);
  return (
    <PromptDialog prompt={issuerPrompt} title="Sign-in with an issuer">
      {current.kind === 'working' && <p role="status">Signing in…</p>}
      {current.kind === 'confirmed' && (
        <p role="status">You have confirmed who you are, for ten minutes. Send the operation again.</p>
      )}
      {current.kind === 'failed' && (
        <p role="alert" className="error">
          {current.message}
        </p>
      )}
      {current.kind === 'code' ? <CodeForm {...current} /> : <CloseButton label="Close" />}
    </PromptDialog>
  );
}

function CodeForm({ proof, failure }: Extract<Step, { kind: 'code' }>) {
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    await present(proof, String(new FormData(event.currentTarget).get('code'))).catch(fail);
    setBusy(false);
  };
  return (
    <form onSubmit={event => void submit(event)}>
      <CodeField failure={failure} />
      <div className="actions">
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? 'Sending…' : 'Continue'}
        </button>
        <CloseButton label="Cancel" />
      </div>
    </form>
  );
}

function CloseButton({ label }: { label: string }) {
  return (
    <button type="button" onClick={() => issuerPrompt.close(false)}>
      {label}
    </button>
  );
}
