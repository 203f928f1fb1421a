import { useState } from 'react';

/** A button that copies a link to the operation under the cursor. */
export function LinkButton() {
  const [message, setMessage] = useState('');
  const copy = async () => {
    const { copyLink } = await import('./copyLink');
    setMessage(await copyLink());
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        Link
      </button>
      <span role="status" className="muted">
        {message}
      </span>
    </>
  );
}
