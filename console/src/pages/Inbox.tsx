import './pages.css';

import { useEffect, useState } from 'react';
import { consoleUrl } from '../server/urls';
import { splitLinks } from './links';

interface Email {
  id: string;
  to: string;
  subject: string;
  text: string;
  sentAt: string;
}

const INTERVAL_MS = 2_000;

/** The emails that a development server did not send, the newest first. New ones appear while it is open. */
export default function Inbox() {
  const { emails, error } = useEmails();
  return (
    <section className="inbox">
      <h1>Inbox</h1>
      <p className="muted">This server is in development and sends no email. What it would send appears here.</p>
      {error && (
        <p role="alert" className="error">
          {error}
        </p>
      )}
      <p role="status">{emails && `${emails.length} ${emails.length === 1 ? 'email' : 'emails'}`}</p>
      {emails?.map(email => (
        <EmailText key={email.id} email={email} />
      ))}
    </section>
  );
}

function EmailText({ email }: { email: Email }) {
  return (
    <article>
      <h2>{email.subject}</h2>
      <p className="muted">
        To {email.to},{' '}
        <time dateTime={email.sentAt} title={email.sentAt}>
          {new Date(email.sentAt).toLocaleString()}
        </time>
      </p>
      <pre>
        {splitLinks(email.text).map(({ text, url, position }) =>
          url ? (
            <a key={position} href={url} target="_blank" rel="noopener noreferrer">
              {text}
            </a>
          ) : (
            text
          ),
        )}
      </pre>
    </article>
  );
}

/** Load the emails now and every two seconds while the page is visible. */
function useEmails(): { emails: Email[] | null; error: string | null } {
  const [emails, setEmails] = useState<Email[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const load = async () => {
      const result = await loadEmails();
      if (typeof result === 'string') return setError(result);
      setError(null);
      setEmails(result);
    };
    void load();
    const timer = setInterval(() => document.hidden || void load(), INTERVAL_MS);
    return () => clearInterval(timer);
  }, []);
  return { emails, error };
}

async function loadEmails(): Promise<Email[] | string> {
  try {
    const response = await fetch(consoleUrl('inbox.json'), { cache: 'no-store' });
    if (response.ok) return ((await response.json()) as { emails: Email[] }).emails;
    return response.status === 403
      ? 'The inbox can only be read on the machine of the server: open the console at http://localhost.'
      : `The server answered with status ${response.status}.`;
  } catch {
    return 'The server cannot be reached.';
  }
}
