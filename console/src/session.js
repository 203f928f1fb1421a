// The session, { token, email? } or null. It is stored in sessionStorage, for as long as the browser tab is open.

const STORAGE_KEY = 'allotment:session';
const listeners = new Set();
let session = read();

export function currentSession() {
  return session;
}

export function signIn(token, email) {
  store({ token, email });
}

export function signOut() {
  store(null);
}

/** Calls `listener` after each change. Returns the function to unsubscribe, as useSyncExternalStore requires. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(STORAGE_KEY));
  } catch {
    return null; // invalid content, or storage is disabled
  }
}

function store(newSession) {
  session = newSession;
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(newSession));
  } catch {
    // storage is disabled: the session lasts until the page is closed
  }
  listeners.forEach(listener => listener());
}
