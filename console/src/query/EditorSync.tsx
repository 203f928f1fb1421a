import type { MonacoEditor } from '@graphiql/react';
import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';
import { cursor, texts } from './document';

/** Copies the texts of GraphiQL's editors and the position of the cursor to the stores, for what is outside of it. */
export function EditorSync() {
  const query = useGraphiQL(state => state.queryEditor);
  const variables = useGraphiQL(state => state.variableEditor);
  const headers = useGraphiQL(state => state.headerEditor);
  useText('query', query);
  useText('variables', variables);
  useText('headers', headers);
  useEffect(() => {
    if (!query) return;
    const listener = query.onDidChangeCursorPosition(({ position }) => {
      cursor.set(query.getModel()?.getOffsetAt(position) ?? 0);
    });
    return () => listener.dispose();
  }, [query]);
  return null;
}

function useText(name: 'query' | 'variables' | 'headers', editor: MonacoEditor | undefined): void {
  useEffect(() => {
    if (!editor) return;
    const copy = () => texts.set({ ...texts.get(), [name]: editor.getValue() });
    const listener = editor.onDidChangeModelContent(copy);
    copy();
    return () => listener.dispose();
  }, [name, editor]);
}
