import './app/base.css';

import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { pageFor } from './pages/pages';
import { loadServerInfo } from './server/serverInfo';
import { discardAuthorization } from './session/issuer/authorization';
import { continueAuthorization } from './session/issuer/redeem';
import { startSession } from './session/session';
import { ErrorBoundary } from './ui/ErrorBoundary';
import { startTheme } from './ui/theme';

startTheme();
loadServerInfo();

const load = pageFor(location.pathname);
const Page = load && lazy(load);
if (Page) {
  discardAuthorization(); // issuers send the browser back to the console
} else {
  startSession(); // a page starts it itself, if it needs one
  continueAuthorization();
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id "root".');
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary name="This page">{Page ? <Suspense fallback={null}>{<Page />}</Suspense> : <App />}</ErrorBoundary>
  </StrictMode>,
);
