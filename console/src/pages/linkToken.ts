import { createStore, useStore } from '../server/store';

const token = createStore<string | null>(null);

/** Take the token of the link that opened the page, and those of links that are opened in the same tab later. */
export function startLinkToken(): void {
  token.set(takeToken());
  // A link to the same page changes only the fragment, so the page is not loaded again.
  addEventListener('hashchange', () => {
    const next = takeToken();
    if (next !== null) token.set(next);
  });
}

/** The token of the link that opened the page; null without one. It is in memory only. */
export function useLinkToken(): string | null {
  return useStore(token);
}

/** Read the token in the fragment of the address, and remove it from the address and the browser's history. */
export function takeToken(): string | null {
  const found = new URLSearchParams(location.hash.slice(1)).get('token');
  if (location.hash) history.replaceState(null, '', location.pathname + location.search);
  return found || null;
}
