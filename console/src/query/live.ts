import { type Client, createClient } from 'graphql-ws';
import { socketUrl } from '../server/urls';
import { refreshIfExpired, refreshNow } from '../session/refresh';
import { hasToken, type Operation, sessionHeaders } from '../session/request';
import { IMPERSONATION_ENDED, impersonation } from '../session/state';
import { endLog, logResult, startLog } from './liveLog';

const REJECTED = 4403; // the close code for a token that was rejected or has expired
const RETRYABLE = new Set([1001, 1006, 1013, 4408]); // a restart, a lost connection, overload, a slow start

/** Run a subscription or live query over WebSocket. Results go to the log, too. */
export function runLive(operation: Operation, headers: Record<string, string>): AsyncIterableIterator<unknown> {
  const client = createSocket(headers);
  startLog(operation.operationName ?? 'Subscription');
  const end = (error: string | null) => {
    endLog(error);
    void client.dispose();
  };
  return logged(client.iterate(operation), end);
}

// Not a generator: the `return` of a generator, which "Stop" calls, would wait for the next result.
function logged(results: AsyncIterator<unknown>, end: (error: string | null) => void): AsyncIterableIterator<unknown> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const result = await results.next();
        if (result.done) end(null);
        else logResult(result.value);
        return result;
      } catch (error) {
        end(describe(error));
        throw error;
      }
    },
    async return() {
      end(null);
      await results.return?.();
      return { done: true, value: undefined };
    },
  };
}

// A socket for each run: its credentials are those of the handshake, and the user or the tenant may have changed.
function createSocket(headers: Record<string, string>): Client {
  let isRejected = false;
  const acting = impersonation.get();
  return createClient({
    url: socketUrl(),
    retryAttempts: 5,
    shouldRetry: error =>
      !isClose(error) || RETRYABLE.has(error.code) || (error.code === REJECTED && !hasToken(headers) && !acting),
    connectionParams: async () => {
      await (isRejected ? refreshNow() : refreshIfExpired());
      if (impersonation.get() !== acting) throw new Error(IMPERSONATION_ENDED);
      return sessionHeaders(headers);
    },
    on: {
      closed: event => {
        isRejected = isClose(event) && event.code === REJECTED;
      },
    },
  });
}

function isClose(value: unknown): value is { code: number; reason: string } {
  return typeof value === 'object' && value !== null && 'code' in value && 'reason' in value;
}

function describe(error: unknown): string {
  if (Array.isArray(error)) return error.map((item: { message?: string }) => item.message ?? String(item)).join(' ');
  if (isClose(error)) return error.reason || `The connection was closed with the code ${error.code}.`;
  return error instanceof Error ? error.message : 'The connection was lost.';
}
