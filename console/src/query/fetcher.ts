import type { Fetcher, FetcherOpts, FetcherParams } from '@graphiql/toolkit';
import { execute, hasToken, type Operation } from '../session/request';
import { runLive } from './live';
import { isLive, resolveOperation } from './operation';
import { offerSignIn, runOperation } from './runOperation';

type Result = Awaited<ReturnType<Fetcher>>;

/** GraphiQL's fetcher: queries and mutations over HTTP, subscriptions and live queries over WebSocket. */
export const fetcher: Fetcher = async (params: FetcherParams, options?: FetcherOpts) => {
  const { definition, operationName } = resolveOperation(params.query, params.operationName);
  const operation: Operation = { query: params.query, variables: params.variables ?? {} };
  if (operationName) operation.operationName = operationName;
  if (operationName === 'IntrospectionQuery') return (await execute(operation)).body as Result;
  const headers = toStrings(options?.headers);
  if (!isLive(definition)) return (await runOperation(operation, { headers })).body as Result;
  if (!hasToken(headers)) await offerSignIn();
  return runLive(operation, headers) as Result;
};

function toStrings(headers: Record<string, unknown> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
