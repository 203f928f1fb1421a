import { type FormEvent, useId, useState } from 'react';
import type { Where } from './describe/filters';

interface Props {
  where: Where | null;
  /** The name of the input type. */
  type: string;
  onApply: (where: Where | null) => void;
}

/** The filter of a list as JSON: everything that the `where` argument takes. */
export function JsonFilter({ where, type, onApply }: Props) {
  const id = useId();
  const [text, setText] = useState(where ? JSON.stringify(where, null, 2) : '');
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const result = readFilter(text);
    if (typeof result === 'string') return setError(result);
    setError(null);
    onApply(result);
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={id}>The argument where as JSON ({type})</label>
      <textarea
        id={id}
        rows={6}
        spellCheck={false}
        value={text}
        aria-invalid={error !== null}
        aria-describedby={error ? `${id}-error` : undefined}
        onChange={event => setText(event.target.value)}
      />
      {error && (
        <p className="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      <div className="actions">
        <button type="submit" className="primary">
          Apply
        </button>
        <button type="button" onClick={() => onApply(null)}>
          Clear
        </button>
      </div>
    </form>
  );
}

/** The filter of a text, or why it is none. */
export function readFilter(text: string): Where | null | string {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Where) : 'Enter a JSON object, such as {"title": {"contains": "x"}}.';
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
