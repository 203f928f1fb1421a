import { createLocalStorage } from '@graphiql/toolkit';
import { hasSecrets, redactQuery, redactVariables } from './secrets';

interface StoredOperation {
  query?: string | null;
  variables?: string | null;
  headers?: string | null;
}

type Filter = (value: string) => string | null;

// By the last part of GraphiQL's keys: what is stored instead of a value; null for nothing.
const FILTERS: Record<string, Filter> = {
  query: redactQuery,
  variables: () => null, // of which query is not known; the tabs have them
  headers: () => null,
  tabState: filterTabs,
  queries: value => filterHistory('queries', value),
  favorites: value => filterHistory('favorites', value),
};

/** GraphiQL's storage. The values of secrets and the headers never get into it: neither with tabs nor with history. */
export function createStorage(): ReturnType<typeof createLocalStorage> {
  // A separate namespace, so that tabs of another GraphiQL on the same origin are not restored.
  const storage = createLocalStorage({ namespace: 'allotment' });
  const setItem = (key: string, value: string) => {
    const stored = filterStored(key, value);
    if (stored === null) storage.removeItem(key);
    else storage.setItem(key, stored);
  };
  return Object.assign(Object.create(storage), { setItem });
}

/** What is stored instead of a value of GraphiQL; null for nothing. */
export function filterStored(key: string, value: string): string | null {
  const name = key.split(':').at(-1) ?? '';
  const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  return filter ? filter(value) : value;
}

function filterTabs(value: string): string | null {
  return filterJson<{ tabs: StoredOperation[] }>(value, state => ({ ...state, tabs: state.tabs.map(redactOperation) }));
}

// An operation with secrets is not in the history: with placeholders it would be another one.
function filterHistory(name: string, value: string): string | null {
  return filterJson<Record<string, StoredOperation[]>>(value, state => ({
    [name]: (state[name] ?? [])
      .filter(({ query, variables }) => !hasSecrets(query ?? '', variables ?? ''))
      .map(({ headers, ...operation }) => operation),
  }));
}

function redactOperation(operation: StoredOperation): StoredOperation {
  const { query, variables } = operation;
  return {
    ...operation,
    headers: null,
    query: query == null ? null : redactQuery(query),
    variables: variables == null ? null : redactVariables(variables, query ?? ''),
  };
}

function filterJson<Value>(text: string, filter: (value: Value) => Value): string | null {
  try {
    return JSON.stringify(filter(JSON.parse(text) as Value));
  } catch {
    return null; // another version's format, of which the secrets are not known
  }
}
