import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { useStore } from '../server/store';
import type { Prompt, PromptRequest } from './prompt';

interface PromptDialogProps {
  prompt: Prompt;
  title: string;
  children: ReactNode;
}

/** A dialog that is open while there is a request for it. */
export function PromptDialog(props: PromptDialogProps) {
  const request = useStore(props.prompt.request);
  return request && <Dialog {...props} request={request} />;
}

function Dialog({ prompt, title, children, request }: PromptDialogProps & { request: PromptRequest }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close(); // returns the focus to where it was
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={() => prompt.close(false)}>
      <h2 id={id}>{title}</h2>
      {request.reason && <p>{request.reason}</p>}
      {children}
    </dialog>
  );
}
