/** What one tab says to the others. It contains no secret: a tab that hears of a new session refreshes with the cookie. */
export type TabMessage = 'signedIn' | 'signedOut';

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('allotment:session');

/** Send a message to the other tabs of this origin. */
export function notifyTabs(message: TabMessage): void {
  channel?.postMessage(message);
}

/** Receive the messages of the other tabs. */
export function onTabMessage(listener: (message: TabMessage) => void): void {
  channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isTabMessage(data)) listener(data); // a tab with another version of the console may send others
  });
}

function isTabMessage(data: unknown): data is TabMessage {
  return data === 'signedIn' || data === 'signedOut';
}
