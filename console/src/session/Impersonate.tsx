import { type FormEvent, useState } from 'react';
import { useStore } from '../server/store';
import { endImpersonation, impersonate, impersonationPrompt } from './impersonate';
import { PromptDialog } from './PromptDialog';
import { impersonation } from './state';
import { useAttempt } from './useSignIn';

/** The dialog in which a superuser says as whom to act, and why. */
export function ImpersonateDialog() {
  return (
    <PromptDialog prompt={impersonationPrompt} title="Act as another user">
      <ImpersonateForm onBegun={() => impersonationPrompt.close(true)} />
    </PromptDialog>
  );
}

function ImpersonateForm({ onBegun }: { onBegun: () => void }) {
  const { failure, isBusy, attempt } = useAttempt(impersonate, onBegun);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const [email = '', tenant = '', reason = ''] = ['email', 'tenant', 'reason'].map(name => String(values.get(name)));
    void attempt({ email, tenant, reason, minutes: Number(values.get('minutes')) });
  };
  return (
    <form onSubmit={submit}>
      <p>The user and the owners of the tenant see it, with the reason. What you change is recorded with both names.</p>
      <label>
        Email address of the user
        <input name="email" type="email" autoComplete="off" required />
      </label>
      <label>
        Tenant (slug)
        <input name="tenant" autoComplete="off" spellCheck={false} placeholder="the only one of the user" />
      </label>
      <label>
        Reason
        <input name="reason" autoComplete="off" maxLength={200} required />
      </label>
      <label>
        Minutes
        <input name="minutes" type="number" min={1} max={60} defaultValue={30} required />
      </label>
      <p role="alert" className="error">
        {failure?.message}
      </p>
      <div className="actions">
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? 'Beginning…' : 'Act as the user'}
        </button>
        <button type="button" onClick={() => impersonationPrompt.close(false)}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** The button in the bar with which superusers open the dialog. */
export function ImpersonateButton() {
  return (
    <button type="button" onClick={() => void impersonationPrompt.open()}>
      Act as…
    </button>
  );
}

/** Who acts as the user, until when, and the button to end it. Empty for users who act in person. */
export function ImpersonationNotice() {
  const acting = useStore(impersonation);
  const [error, setError] = useState<string | null>(null);
  if (!acting) return null;
  const end = () => endImpersonation().then(() => setError(null), showError);
  const showError = (reason: Error) => setError(reason.message);
  const time = new Date(acting.expiresAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return (
    <span className="impersonation" data-testid="impersonation">
      by {acting.by}, ends at {time}
      <button type="button" onClick={() => void end()}>
        End
      </button>
      {error && <span role="alert">{error}</span>}
    </span>
  );
}
