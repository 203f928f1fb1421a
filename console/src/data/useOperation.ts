import { useCallback, useEffect, useState } from 'react';
import { sendConfirmed } from '../session/confirmation';
import { execute, type GraphQLError } from '../session/request';
import type { BuiltOperation } from './describe/operations';

/** The result of an operation. `data` is the last one while the next is loading. */
export interface Loaded<Data> {
  data: Data | null;
  errors: GraphQLError[];
  isLoading: boolean;
  reload: () => void;
}

type State<Data> = Omit<Loaded<Data>, 'reload'>;

/** Execute a query, and again when it changes. Null executes nothing. */
export function useOperation<Data>(operation: BuiltOperation | null): Loaded<Data> {
  const key = JSON.stringify(operation);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<State<Data>>({ data: null, errors: [], isLoading: operation !== null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt executes the same operation again
  useEffect(() => {
    const next = JSON.parse(key) as BuiltOperation | null;
    if (next === null) return;
    const abort = new AbortController();
    setState(previous => ({ ...previous, isLoading: true }));
    void send<Data>(next, abort.signal).then(result => {
      if (!abort.signal.aborted) setState({ ...result, isLoading: false });
    });
    return () => abort.abort();
  }, [key, attempt]);
  const reload = useCallback(() => setAttempt(count => count + 1), []);
  return { ...state, reload };
}

/** Execute an operation, after the user has confirmed their identity if the server requires that. A lost connection is an error like those of the server. */
export async function send<Data>(
  operation: BuiltOperation,
  signal?: AbortSignal,
): Promise<{ data: Data | null; errors: GraphQLError[] }> {
  try {
    const { body } = await sendConfirmed(() => execute<Data>(operation, signal ? { signal } : {}));
    return { data: body.data ?? null, errors: body.errors ?? [] };
  } catch (error) {
    return { data: null, errors: [{ message: error instanceof Error ? error.message : String(error) }] };
  }
}
