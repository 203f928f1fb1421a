import { useState } from 'react';

interface Props {
  text: string;
  /** What is copied, where the button itself does not say so: its accessible name. */
  name?: string;
  label?: string;
  className?: string;
}

/** A button that copies a text to the clipboard, and says whether it did. */
export function CopyButton({ text, label = 'Copy', name = label, className }: Props) {
  const [message, setMessage] = useState('');
  const copy = async () => setMessage((await copyText(text)) ? 'Copied' : 'Copying failed. Select the text instead.');
  return (
    <>
      <button type="button" className={className} aria-label={name} title={name} onClick={() => void copy()}>
        {label}
      </button>{' '}
      <span role="status" className="muted">
        {message}
      </span>
    </>
  );
}

/** Copy a text to the clipboard. Returns whether that was possible: it is not in pages without TLS. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
