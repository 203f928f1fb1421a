import { serverInfo } from '../server/serverInfo';
import { createStore, type Store } from '../server/store';
import { addRunHeaders, onOutcome, type Run } from '../session/request';
import { session } from '../session/state';

/** The panel below the editors. */
export type Panel = 'run' | 'plan';

/** The open panel; null if none is open. */
export const panel: Store<Panel | null> = createStore<Panel | null>(null);

/** The last run, and whether a trace was requested for it. */
export const lastRun: Store<(Run & { isTraced: boolean }) | null> = createStore<(Run & { isTraced: boolean }) | null>(
  null,
);

/** Whether the server traces operations of this user. */
export function mayTrace(): boolean {
  return serverInfo()?.trace === 'everyone' || (session.get()?.user.isSuperuser ?? false);
}

/** Ask for the cost of each run, and for its trace while the details are shown. */
export function startRunDetails(): () => void {
  let isTraced = false;
  const stopHeaders = addRunHeaders(() => {
    isTraced = panel.get() === 'run' && mayTrace();
    return { 'X-GraphQL-Cost': 'include', ...(isTraced && { 'X-Trace': 'true' }) };
  });
  const stopOutcomes = onOutcome(run => lastRun.set({ ...run, isTraced }));
  return () => {
    stopHeaders();
    stopOutcomes();
  };
}
