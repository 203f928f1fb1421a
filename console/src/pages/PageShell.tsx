import './pages.css';

import { type ReactNode, useEffect } from 'react';
import { endpointUrl } from '../server/urls';

/** A page that a link in an email opens. */
export function PageShell({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} – Allotment`;
  }, [title]);
  return (
    <main className="page">
      <h1>{title}</h1>
      {children}
      <p>
        <a href={endpointUrl()}>Open the console</a>
      </p>
    </main>
  );
}

/** Leave the page for the console. */
export function openConsole(): void {
  location.assign(endpointUrl());
}
