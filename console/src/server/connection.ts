import { createStore, useStore } from './store';
import { consoleUrl } from './urls';

const RETRY_MS = 3_000;

/** Whether the last request reached the server. */
const reachable = createStore(true);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Whether the server can be reached. */
export function useReachable(): boolean {
  return useStore(reachable);
}

/** Call `listener` whenever the server can be reached again. Returns the function to unsubscribe. */
export function onReconnect(listener: () => void): () => void {
  return reachable.subscribe(() => reachable.get() && listener());
}

/** Record that a request reached the server. */
export function recordConnection(): void {
  clearTimeout(timer);
  timer = undefined;
  reachable.set(true);
}

/** Record that a request failed, and probe until the server can be reached again. */
export function recordDisconnection(): void {
  reachable.set(false);
  timer ??= setTimeout(probe, RETRY_MS);
}

async function probe(): Promise<void> {
  timer = undefined;
  try {
    await fetch(consoleUrl('server.json'), { method: 'HEAD', cache: 'no-store' });
    recordConnection();
  } catch {
    recordDisconnection();
  }
}

if (typeof window !== 'undefined') window.addEventListener('online', () => reachable.get() || probe());
