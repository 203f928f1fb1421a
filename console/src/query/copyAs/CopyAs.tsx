import { lazy, Suspense, useState } from 'react';

const SnippetDialog = lazy(() => import('./SnippetDialog'));

/** A button that opens the dialog with snippets for clients. */
export function CopyAs() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Copy as…
      </button>
      <Suspense fallback={null}>{isOpen && <SnippetDialog onClose={() => setOpen(false)} />}</Suspense>
    </>
  );
}
