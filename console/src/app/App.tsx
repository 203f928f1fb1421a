import { lazy, Suspense, useMemo, useRef } from 'react';
import { QueryPage } from '../query/QueryPage';
import { useServerInfo } from '../server/serverInfo';
import { ConfirmIdentityDialog } from '../session/ConfirmIdentity';
import { ImpersonateDialog } from '../session/Impersonate';
import { IssuerDialog } from '../session/issuer/IssuerDialog';
import { SignInDialog } from '../session/SignIn';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { ViewLink } from '../ui/ViewLink';
import { useView } from '../ui/view';
import { Bar } from './Bar';
import { ConnectionNotice } from './ConnectionNotice';
import { VIEWS, type ViewEntry } from './views';

/** The console: the bar, and the view that the address names. */
export function App() {
  const [segment] = useView().segments;
  const entry = VIEWS.find(view => view.segment === segment);
  return (
    <>
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Bar />
      <ConnectionNotice />
      <main id="main" tabIndex={-1}>
        <QuerySection isShown={segment === 'query'} />
        {entry && <OtherView key={entry.segment} entry={entry} />}
        {!entry && segment !== 'query' && <UnknownView />}
      </main>
      <SignInDialog />
      <ImpersonateDialog />
      <ConfirmIdentityDialog />
      <IssuerDialog />
    </>
  );
}

// Once opened it stays, hidden, so that its editors keep their text and their results.
function QuerySection({ isShown }: { isShown: boolean }) {
  const wasShown = useRef(false);
  wasShown.current ||= isShown;
  if (!wasShown.current) return null;
  return (
    <div className="view" hidden={!isShown}>
      <QueryPage />
    </div>
  );
}

function OtherView({ entry }: { entry: ViewEntry }) {
  const server = useServerInfo();
  const Content = useMemo(() => lazy(entry.load), [entry]);
  if (entry.isAvailable && server && !entry.isAvailable(server)) return <UnknownView />;
  return (
    <div className="view">
      <ErrorBoundary name={`The view "${entry.title}"`}>
        <Suspense fallback={<p className="notice">Loading…</p>}>
          <Content />
        </Suspense>
      </ErrorBoundary>
    </div>
  );
}

function UnknownView() {
  return (
    <div className="notice">
      <h1>There is no such view</h1>
      <p>
        <ViewLink path="/query">Open the query view</ViewLink>
      </p>
    </div>
  );
}
