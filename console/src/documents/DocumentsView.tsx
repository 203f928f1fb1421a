import './documents.css';

import { type FormEvent, useState } from 'react';
import { openOperation } from '../query/document';
import { useSession } from '../session/session';
import { nameOf } from './nameOf';
import { type PersistedDocument, usePersistedDocuments } from './persistedDocuments';

/** The documents that are registered on the server, for superusers. */
export default function DocumentsView() {
  const session = useSession();
  return (
    <section className="documents" aria-labelledby="documents-title">
      <h1 id="documents-title">Persisted documents</h1>
      <p className="muted">
        Documents that clients send by their ids. The command <code>allotment persist</code> registers and removes them.
      </p>
      {session?.user.isSuperuser ? <Documents /> : <p>Only superusers may list them. Sign in as a superuser.</p>}
    </section>
  );
}

function Documents() {
  const [text, setText] = useState('');
  const { documents, total, problem, isLoading, hasMore, loadMore } = usePersistedDocuments(text);
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setText(String(new FormData(event.currentTarget).get('text')));
  };
  return (
    <>
      <search>
        <form onSubmit={search}>
          <label>
            Part of the text
            <input name="text" type="search" />
          </label>
          <button type="submit">Search</button>
        </form>
      </search>
      {problem && <p role="alert">{problem}</p>}
      <p role="status" className="muted">
        {isLoading ? 'Loading…' : total === 1 ? '1 document' : `${total} documents`}
      </p>
      <ul>
        {documents.map(document => (
          <DocumentItem key={document.documentId} document={document} />
        ))}
      </ul>
      {hasMore && (
        <button type="button" disabled={isLoading} onClick={loadMore}>
          Load more
        </button>
      )}
    </>
  );
}

function DocumentItem({ document }: { document: PersistedDocument }) {
  const { documentId, text, createdAt } = document;
  return (
    <li>
      <details>
        <summary>
          <strong>{nameOf(text)}</strong> <code>{documentId}</code>{' '}
          <time dateTime={createdAt} title={createdAt} className="muted">
            {new Date(createdAt).toLocaleString()}
          </time>
        </summary>
        <pre>{text}</pre>
      </details>
      <button
        type="button"
        onClick={() => openOperation({ query: text })}
        aria-label={`Open in the editor: ${nameOf(text)}`}
      >
        Open in the editor
      </button>
    </li>
  );
}
