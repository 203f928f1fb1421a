import './snippet.css';

import { useId, useState } from 'react';
import { useStore } from '../../server/store';
import { endpointUrl } from '../../server/urls';
import { useSession } from '../../session/session';
import { CopyButton } from '../../ui/CopyButton';
import { useCurrentOperation } from '../current';
import { texts } from '../document';
import { parseObject } from '../json';
import { FORMATS, writeSnippet } from './formats';
import type { SnippetRequest } from './types';

/** Shows the operation under the cursor as a snippet for a client, to copy it. */
export default function SnippetDialog({ onClose }: { onClose: () => void }) {
  const id = useId();
  const { request, problem } = useSnippetRequest();
  const [name, setName] = useState('cURL');
  const formats = FORMATS.filter(({ streams }) => streams || request?.type !== 'subscription');
  const format = formats.find(each => each.name === name) ?? formats[0];
  const snippet = request && format ? writeSnippet(format, request) : null;
  return (
    <dialog ref={showModal} className="snippet" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>Copy as</h2>
      <div className="formats">
        {formats.map(each => (
          <button key={each.name} type="button" aria-pressed={each === format} onClick={() => setName(each.name)}>
            {each.name}
          </button>
        ))}
      </div>
      {snippet === null ? <p role="alert">{problem}</p> : <Snippet text={snippet} />}
      <div className="actions">
        {snippet !== null && <CopyButton key={snippet} className="primary" text={snippet} />}
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </div>
    </dialog>
  );
}

function Snippet({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it, the keyboard could not scroll a long snippet
    <section className="snippet-text" aria-label="Snippet" tabIndex={0}>
      <pre>{text}</pre>
    </section>
  );
}

function showModal(dialog: HTMLDialogElement | null) {
  if (dialog && !dialog.open) dialog.showModal();
}

function useSnippetRequest(): { request: SnippetRequest | null; problem: string | null } {
  const session = useSession();
  const { headers } = useStore(texts);
  const { operation, type, problem } = useCurrentOperation();
  if (!operation) return { request: null, problem };
  const tenant: Record<string, string> = session?.tenant ? { 'X-Tenant': session.tenant.slug } : {};
  const all = withoutRepetition({ ...tenant, ...headersOf(headers) });
  return { request: { url: endpointUrl(), operation, type, headers: all, hasToken: session !== null }, problem: null };
}

// A header of the headers editor replaces the session's, however it is written.
function withoutRepetition(headers: Record<string, string>): Record<string, string> {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [name, value] as const]));
  return Object.fromEntries(byName.values());
}

function headersOf(text: string): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(parseObject(text, 'Headers')).map(([name, value]) => [name, `${value}`]));
  } catch {
    return {}; // the query editor says so when the operation is run
  }
}
