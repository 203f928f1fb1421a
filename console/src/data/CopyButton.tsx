import { useState } from 'react';

/** A button that copies a text. It says whether it succeeded. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [result, setResult] = useState<string | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setResult('Copied');
    } catch {
      setResult('Not copied'); // the browser did not permit it
    }
    setTimeout(() => setResult(null), 2_000);
  };
  return (
    <button type="button" className="copy" aria-label={label} title={label} onClick={() => void copy()}>
      {result ?? 'Copy'}
      <span role="status" className="visually-hidden">
        {result}
      </span>
    </button>
  );
}
