import './query.css';

import { lazy, Suspense, useEffect, useLayoutEffect, useState } from 'react';
import { useSessionStatus } from '../session/session';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { LightEditor } from './LightEditor';
import { RunBar } from './RunBar';

// GraphiQL has megabytes. It is loaded in the background and then takes over the text of the light editor.
const QueryView = lazy(() => import('./QueryView'));

/** The query view: the light editor first, and GraphiQL as soon as it is loaded. */
export function QueryPage() {
  const [takeOver, setTakeOver] = useState<(() => void) | null>(null);
  const [isTaken, setTaken] = useState(false);
  const mayLoad = useIdleAfterStart();
  // After GraphiQL has become visible, because a hidden editor cannot get the focus, and before anything else happens.
  useLayoutEffect(() => {
    if (!takeOver) return;
    takeOver();
    setTaken(true);
  }, [takeOver]);
  return (
    <div className="query-view">
      <div className="editors">
        {!isTaken && <LightEditor />}
        <ErrorBoundary name="The query editor">
          <Suspense fallback={null}>
            <div className="full-editor" data-ready={takeOver !== null}>
              {mayLoad && <QueryView onReady={next => setTakeOver(() => next)} />}
            </div>
          </Suspense>
        </ErrorBoundary>
      </div>
      <RunBar />
    </div>
  );
}

// The requests of the start come first, and the first rendering.
function useIdleAfterStart(): boolean {
  const status = useSessionStatus();
  const [isIdle, setIdle] = useState(false);
  useEffect(() => {
    if (status === 'loading') return;
    const handle = setTimeout(() => setIdle(true), 200);
    return () => clearTimeout(handle);
  }, [status]);
  return isIdle;
}
