import { useStore } from '../server/store';
import { cursor, texts } from './document';
import { type CurrentOperation, findCurrentOperation } from './findOperation';

/** The operation under the cursor of the editor in use. It changes with every key. */
export function useCurrentOperation(): CurrentOperation {
  const { query, variables } = useStore(texts);
  return findCurrentOperation(query, variables, useStore(cursor));
}

/** The operation under the cursor, now. */
export function currentOperation(): CurrentOperation {
  const { query, variables } = texts.get();
  return findCurrentOperation(query, variables, cursor.get());
}
