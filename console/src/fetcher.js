import { createGraphiQLFetcher } from '@graphiql/toolkit';

import { resolveOperation } from './operation.js';
import { currentSession, signIn, signOut } from './session.js';

// The endpoint has the URL of this page. WebSocket URLs differ only in the scheme (ws or wss).
const url = location.origin + location.pathname;
const send = createGraphiQLFetcher({ url, subscriptionUrl: url.replace(/^http/, 'ws'), fetch: fetchAndUpdateSession });

/** GraphiQL's fetcher. Adds the session's token to every operation, including subscriptions. */
export function fetcher(operation, options) {
  const { operationName, documentAST } = resolveOperation(operation);
  return send({ ...operation, operationName }, { documentAST, headers: addToken(options?.headers) });
}

/** Adds the token, unless the headers editor has an Authorization header. Header names ignore case. */
function addToken(headers = {}) {
  const hasToken = Object.keys(headers).some(name => name.toLowerCase() === 'authorization');
  const session = currentSession();
  return session && !hasToken ? { ...headers, Authorization: bearer(session) } : headers;
}

async function fetchAndUpdateSession(input, init) {
  const response = await fetch(input, init);
  if (response.headers.get('content-type')?.includes('json')) {
    updateSession(await response.clone().json(), init.headers.Authorization);
  }
  return response;
}

/** Signs in if the response contains an access token, and signs out if the server rejected the session's token. */
function updateSession(body, authorization) {
  const { data, errors } = body ?? {};
  const login = Object.values(data ?? {}).find(payload => payload?.accessToken);
  if (login) {
    signIn(login.accessToken, login.user?.email);
  } else if (isUnauthenticated(errors) && currentSession() && authorization === bearer(currentSession())) {
    signOut(); // otherwise the next login would be sent with the invalid token, too
  }
}

function isUnauthenticated(errors) {
  return errors?.some(error => error.extensions?.code === 'UNAUTHENTICATED');
}

function bearer({ token }) {
  return `Bearer ${token}`;
}
