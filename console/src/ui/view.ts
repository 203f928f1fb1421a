import { useMemo, useSyncExternalStore } from 'react';

/** What the hash of the address shows: `#/data/tasks?where=…` has the segments "data" and "tasks". */
export interface View {
  segments: string[];
  search: URLSearchParams;
}

/** The view of the address. Without a hash it is the query view. */
export function useView(): View {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseHash(hash), [hash]);
}

/** Open a view by its path, such as `/data/tasks`; "Back" in the browser returns to the current one. */
export function openView(path: string): void {
  location.hash = `#${path}`;
}

/** Parse the hash of an address. Segments that are not valid percent-encoding are left as they are. */
export function parseHash(hash: string): View {
  const [path = '', ...search] = hash.replace(/^#\/?/, '').split('?');
  const segments = path.split('/').filter(Boolean).map(decode);
  return { segments: segments.length ? segments : ['query'], search: new URLSearchParams(search.join('?')) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
