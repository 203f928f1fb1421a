import { isObject } from '../server/isObject';
import { createStore, type Store } from '../server/store';

/** The text of the editors. The variables and headers are JSON as the user typed it. */
export interface EditorTexts {
  query: string;
  variables: string;
  headers: string;
}

/** An operation to open in the editor. It is never run by itself. */
export interface OpenedOperation {
  query: string;
  variables?: string;
  operationName?: string;
}

const FIRST_QUERY = `# Press Run (Ctrl+Enter) to send this query.
query FirstQuery {
  viewer {
    fullName
  }
  tasks(first: 5) {
    totalCount
    nodes {
      title
      status
      dueDate
    }
  }
}
`;
const TABS_KEY = 'allotment:graphiql:tabState'; // GraphiQL's key in the namespace of QueryView

/** The texts of the editor in use. */
export const texts: Store<EditorTexts> = createStore(initialTexts());

/** The position of the cursor in the query. */
export const cursor: Store<number> = createStore(operationStart(operationOfAddress(location.search)));

/** The result that is shown, as JSON; empty before the first run. */
export const response: Store<string> = createStore('');

/** The operation to open next; the editor in use takes it and sets null. */
export const opened: Store<OpenedOperation | null> = createStore<OpenedOperation | null>(null);

/** Open an operation in the query view, without running it. */
export function openOperation(operation: OpenedOperation): void {
  opened.set(operation);
  location.hash = '#/query';
}

/** The position of the operation that is named, in a document that may have several. */
export function operationStart(operation: OpenedOperation | null): number {
  if (!operation?.operationName) return 0;
  const start = operation.query.search(
    new RegExp(`\\b(?:query|mutation|subscription)\\s+${operation.operationName}\\b`),
  );
  return Math.max(0, start);
}

/** The operation in the address: `?query=…&variables=…&operationName=…`; null if there is none. */
export function operationOfAddress(search: string): OpenedOperation | null {
  const values = new URLSearchParams(search);
  const query = values.get('query');
  if (!query) return null;
  const variables = values.get('variables') ?? undefined;
  const operationName = /^[_A-Za-z]\w*$/.exec(values.get('operationName') ?? '')?.[0];
  return { query, ...(variables && { variables }), ...(operationName && { operationName }) };
}

function initialTexts(): EditorTexts {
  const linked = operationOfAddress(location.search);
  if (linked) return { query: linked.query, variables: linked.variables ?? '', headers: '' };
  return storedTexts() ?? { query: FIRST_QUERY, variables: '', headers: '' };
}

// The active tab of GraphiQL, which is stored after each change.
function storedTexts(): EditorTexts | null {
  try {
    return readTabs(JSON.parse(localStorage.getItem(TABS_KEY) ?? 'null'));
  } catch {
    return null; // storage is disabled, or contains no JSON
  }
}

/** The texts of the active one of the tabs that GraphiQL stored; null if they have another format or it is empty. */
export function readTabs(state: unknown): EditorTexts | null {
  if (!isObject(state) || !Array.isArray(state.tabs)) return null;
  const tab: unknown = state.tabs[Number(state.activeTabIndex)];
  if (!isObject(tab) || typeof tab.query !== 'string' || !tab.query) return null;
  return { query: tab.query, variables: typeof tab.variables === 'string' ? tab.variables : '', headers: '' };
}
