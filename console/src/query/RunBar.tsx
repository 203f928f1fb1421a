import '../trace/trace.css';

import { lazy, Suspense, useEffect } from 'react';
import { useStore } from '../server/store';
import { formatBytes, formatMs, formatNumber } from '../trace/format';
import { readCost, readTrace } from '../trace/readExtensions';
import { lastRun, type Panel, panel, startRunDetails } from '../trace/state';
import { CopyAs } from './copyAs/CopyAs';
import { LinkButton } from './LinkButton';

const PANELS: { name: Panel; title: string }[] = [
  { name: 'run', title: 'Details' },
  { name: 'plan', title: 'Plan' },
];
const PANEL_ID = 'run-panel';
const RunDetails = lazy(() => import('../trace/RunDetails'));
const PlanView = lazy(() => import('./PlanView'));

/** The bar below the editors: what the last run took and cost, and the panels with its details and with the plan. */
export function RunBar() {
  const open = useStore(panel);
  useEffect(startRunDetails, []);
  return (
    <section className="run" aria-label="Run">
      <div className="run-bar">
        <Summary />
        <span className="space" />
        {PANELS.map(({ name, title }) => (
          <button
            key={name}
            type="button"
            aria-expanded={open === name}
            aria-controls={PANEL_ID}
            onClick={() => panel.set(open === name ? null : name)}
          >
            {title}
          </button>
        ))}
        <CopyAs />
        <LinkButton />
      </div>
      <div id={PANEL_ID} className="run-panel" hidden={open === null}>
        <Suspense fallback={<p>Loading…</p>}>
          {open === 'run' && <RunDetails />}
          {open === 'plan' && <PlanView />}
        </Suspense>
      </div>
    </section>
  );
}

/** Status, time, size and cost of the last run. Screen readers read it after each run. */
function Summary() {
  const run = useStore(lastRun);
  if (!run) return <span role="status" className="muted" />;
  const { outcome } = run;
  const cost = readCost(outcome.body.extensions);
  const trace = readTrace(outcome.body.extensions);
  const errors = outcome.body.errors?.length ?? 0;
  return (
    <span role="status" className="run-summary">
      <span className={outcome.status >= 400 || errors ? 'error' : ''}>Status {outcome.status}</span>
      <span>
        {formatMs(outcome.durationMs)}
        {trace && ` (server ${formatMs(trace.durationMs)})`}
      </span>
      <span>{formatBytes(outcome.bytes)}</span>
      {cost && <span>Cost {formatNumber(cost.actual ?? cost.requested)}</span>}
    </span>
  );
}
