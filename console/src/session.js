// Who is signed in, kept for as long as the browser's tab: { token, email? } or null.

const KEY = 'allotment:session';
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

/** Calls `listener` after each change; answers a function that ends it, as useSyncExternalStore asks. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null; // written by something else, or storage is denied: start signed out
  }
}

function store(next) {
  session = next;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // storage is denied: the session lasts until the page is left
  }
  listeners.forEach(listener => listener());
}
