import { createStore, type Store } from '../server/store';

const MAX_EVENTS = 200;

/** One result of a subscription or live query. */
export interface LiveEvent {
  number: number;
  time: Date;
  result: unknown;
}

/** The latest subscription or live query, and its latest results, newest first. */
export interface LiveLog {
  title: string;
  state: 'running' | 'ended';
  received: number;
  events: LiveEvent[];
  error: string | null;
}

/** The log of the latest subscription; null before the first one. */
export const liveLog: Store<LiveLog | null> = createStore<LiveLog | null>(null);

/** Start a new log. */
export function startLog(title: string): void {
  liveLog.set({ title, state: 'running', received: 0, events: [], error: null });
}

/** Add a result to the log. Only the latest 200 are retained. */
export function logResult(result: unknown): void {
  const log = liveLog.get();
  if (!log) return;
  const number = log.received + 1;
  const events = [{ number, time: new Date(), result }, ...log.events].slice(0, MAX_EVENTS);
  liveLog.set({ ...log, received: number, events });
}

/** Record that the subscription has ended, and why if it failed. */
export function endLog(error: string | null): void {
  const log = liveLog.get();
  if (log?.state === 'running') liveLog.set({ ...log, state: 'ended', error });
}
