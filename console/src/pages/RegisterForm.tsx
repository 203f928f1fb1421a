import type { FormEvent } from 'react';
import { refreshNow } from '../session/refresh';
import { notifyTabs } from '../session/tabs';
import { Field, PASSWORD_RULES, textOf } from './Field';
import { ErrorText } from './ResetPassword';
import { isDone, useSubmit } from './useSubmit';

const REGISTER = `mutation Register($input: RegisterInput!) {
  payload: register(input: $input) { user { id } userErrors { code field message } }
}`;

/** The form for a new account. It signs in: the server sets the cookie with which the session begins. */
export function RegisterForm() {
  const { answer, isBusy, submit } = useSubmit<{ user: { id: string } | null }>();
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const [fullName, email, password] = ['fullName', 'email', 'password'].map(name => textOf(form, name));
    const input = { fullName, email, password, refreshTokenIn: 'COOKIE' };
    const next = await submit({ query: REGISTER, variables: { input } });
    if (!isDone(next)) return;
    await refreshNow().catch(() => false);
    notifyTabs('signedIn');
  };
  const errors = answer?.fields ?? {};
  return (
    <form onSubmit={event => void send(event)}>
      <Field name="fullName" label="Name" type="text" autoComplete="name" error={errors.fullName} />
      <Field name="email" label="Email address" type="email" autoComplete="username" error={errors.email} />
      <Field
        name="password"
        label="Password"
        type="password"
        autoComplete="new-password"
        hint={PASSWORD_RULES}
        error={errors.password}
      />
      <ErrorText text={answer?.error} />
      <button type="submit" className="primary" disabled={isBusy}>
        {isBusy ? 'Creating the account…' : 'Create the account'}
      </button>
    </form>
  );
}
