import { createGraphiQLFetcher } from '@graphiql/toolkit';

import { identify } from './operation.js';
import { currentSession, signIn, signOut } from './session.js';

// The endpoint is the page's own address; WebSocket only changes the scheme (http to ws, https to wss).
const url = location.origin + location.pathname;
const send = createGraphiQLFetcher({ url, subscriptionUrl: url.replace(/^http/, 'ws'), fetch: watchedFetch });

/** GraphiQL's fetcher, with the session's token on every operation, subscriptions included. */
export function fetcher(operation, options) {
  const { operationName, documentAST } = identify(operation);
  return send({ ...operation, operationName }, { documentAST, headers: withToken(options?.headers) });
}

/** The headers editor has the last word: a token typed there, in whatever case, is never replaced. */
function withToken(headers = {}) {
  const typed = Object.keys(headers).some(name => name.toLowerCase() === 'authorization');
  const session = currentSession();
  return session && !typed ? { ...headers, Authorization: bearer(session) } : headers;
}

async function watchedFetch(input, init) {
  const response = await fetch(input, init);
  if (response.headers.get('content-type')?.includes('json')) {
    follow(await response.clone().json(), init.headers.Authorization);
  }
  return response;
}

/** Keeps the session in step with an answer: a new token signs in, a refused one signs out. */
function follow(answer, sent) {
  const { data, errors } = answer ?? {};
  const login = Object.values(data ?? {}).find(payload => payload?.accessToken);
  if (login) {
    signIn(login.accessToken, login.user?.email);
  } else if (isRefusal(errors) && currentSession() && sent === bearer(currentSession())) {
    signOut(); // or the stale token would also be sent with the next attempt to log in
  }
}

function isRefusal(errors) {
  return errors?.some(error => error.extensions?.code === 'UNAUTHENTICATED');
}

function bearer({ token }) {
  return `Bearer ${token}`;
}
