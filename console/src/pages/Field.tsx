import { useId, useState } from 'react';

interface FieldProps {
  name: string;
  label: string;
  type: 'email' | 'text' | 'password';
  autoComplete: string;
  hint?: string;
  error?: string | undefined;
}

/** An input with its label, hint and error. */
export function Field({ name, label, type, autoComplete, hint, error }: FieldProps) {
  const id = useId();
  const [isShown, setShown] = useState(false);
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={isShown ? 'text' : type}
        autoComplete={autoComplete}
        required
        aria-invalid={error !== undefined}
        aria-describedby={described || undefined}
      />
      {type === 'password' && (
        <button type="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          Show the password
        </button>
      )}
      {error && (
        <p className="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {hint && (
        <p className="muted" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** What a password must contain; the server checks more, such as common passwords. */
export const PASSWORD_RULES =
  '8 to 128 characters, with an uppercase letter, a digit and a special character. Common passwords are refused.';

/** The text of a form's field. */
export function textOf(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name) ?? '');
}
