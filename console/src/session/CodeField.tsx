import { useEffect, useId, useRef } from 'react';
import { type Failure, isAboutCode } from './operations';

/** The input for a code of the second factor. It has the focus when it appears and after a wrong code. */
export function CodeField({ failure }: { failure: Failure | null }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const isWrong = failure?.code === 'BAD_CODE';
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    if (isAboutCode(failure)) input.current?.select(); // moves the focus, too
  }, [failure]);
  return (
    <>
      <label>
        Code
        <input
          ref={input}
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          required
          aria-invalid={isWrong}
          aria-describedby={isWrong ? `${id}-error ${id}-hint` : `${id}-hint`}
        />
      </label>
      {isWrong && (
        <p role="alert" className="error" id={`${id}-error`}>
          {failure.message}
        </p>
      )}
      <p className="muted" id={`${id}-hint`}>
        The code that your authenticator app shows, or a recovery code.
      </p>
    </>
  );
}
