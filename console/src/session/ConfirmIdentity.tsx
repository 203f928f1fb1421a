import { type FormEvent, useEffect, useState } from 'react';
import { CodeField } from './CodeField';
import { type ConfirmationMethods, confirmationPrompt, confirmIdentity, loadConfirmationMethods } from './confirmation';
import { IssuerButtons } from './issuer/IssuerButtons';
import { isAboutCode } from './operations';
import { PromptDialog } from './PromptDialog';
import { PasskeyButton } from './passkeys/PasskeyButton';
import { useAttempt } from './useSignIn';

/** The dialog to confirm the identity, with a code or with the password. */
export function ConfirmIdentityDialog() {
  return (
    <PromptDialog prompt={confirmationPrompt} title="Confirm who you are">
      <ConfirmIdentityForm onConfirmed={() => confirmationPrompt.close(true)} />
    </PromptDialog>
  );
}

function ConfirmIdentityForm({ onConfirmed }: { onConfirmed: () => void }) {
  const { failure, isBusy, attempt } = useAttempt(confirmIdentity, onConfirmed);
  const [needsCode, setNeedsCode] = useState<boolean | null>(null);
  const [methods, setMethods] = useState<ConfirmationMethods | null>(null);
  useEffect(() => {
    const show = (loaded: ConfirmationMethods) => {
      setNeedsCode(loaded.needsCode);
      setMethods(loaded);
    };
    loadConfirmationMethods().then(show, () => setNeedsCode(false));
  }, []);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const proof = needsCode
      ? { code: String(values.get('code')) }
      : { currentPassword: String(values.get('currentPassword')) };
    if (isAboutCode(await attempt(proof))) setNeedsCode(true);
  };
  return (
    <form onSubmit={event => void submit(event)}>
      {needsCode === null && <p role="status">Loading…</p>}
      {needsCode === true && <CodeField failure={failure} />}
      {needsCode === false && <PasswordInput />}
      <p role="alert" className="error">
        {!isAboutCode(failure) && failure?.message}
      </p>
      <div className="actions">
        <button type="submit" className="primary" disabled={isBusy || needsCode === null}>
          {isBusy ? 'Confirming…' : 'Confirm'}
        </button>
        <button type="button" onClick={() => confirmationPrompt.close(false)}>
          Cancel
        </button>
      </div>
      {methods?.hasPasskey && <PasskeyButton purpose="confirm" onSuccess={onConfirmed} />}
      {needsCode === false && <IssuerButtons purpose="confirm" only={methods?.issuers ?? []} />}
    </form>
  );
}

function PasswordInput() {
  return (
    <label>
      Password
      {/* biome-ignore lint/a11y/noAutofocus: the only input of a dialog that the user's action has opened */}
      <input name="currentPassword" type="password" autoComplete="current-password" required autoFocus />
    </label>
  );
}
