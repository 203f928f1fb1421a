import type { MonacoEditor } from '@graphiql/react';
import { type OpenedOperation, response, texts } from './document';
import { LIGHT_EDITOR_IDS } from './lightEditorIds';

/** GraphiQL's editors. */
export interface Editors {
  queryEditor: MonacoEditor;
  variableEditor: MonacoEditor;
  responseEditor: MonacoEditor;
}

/** What is needed of GraphiQL's tabs to open an operation. */
export interface Tabs {
  tabs: { query: string | null; variables?: string | null }[];
  addTab: () => void;
  changeTab: (index: number) => void;
}

/** Show the texts, the selection and the focus of the light editor in GraphiQL's editors. */
export function takeOver({ queryEditor, variableEditor, responseEditor }: Editors): void {
  const { query, variables } = texts.get();
  if (queryEditor.getValue() !== query) queryEditor.setValue(query);
  if (variableEditor.getValue() !== variables) variableEditor.setValue(variables);
  if (response.get()) responseEditor.setValue(response.get());
  const focused = document.activeElement;
  if (focused?.id === LIGHT_EDITOR_IDS.query) moveFocus(queryEditor, focused as HTMLTextAreaElement);
  if (focused?.id === LIGHT_EDITOR_IDS.variables) moveFocus(variableEditor, focused as HTMLTextAreaElement);
}

/** Open an operation in its tab if there is one, or else in a new tab. An empty tab is used instead of a new one. */
export function openInTab({ queryEditor, variableEditor }: Editors, tabs: Tabs, operation: OpenedOperation): void {
  const { query, variables = '' } = operation;
  // GraphiQL copies the texts of the editors to its list of tabs with a delay.
  if (queryEditor.getValue() === query && variableEditor.getValue() === variables) {
    queryEditor.focus();
    return;
  }
  const index = tabs.tabs.findIndex(tab => tab.query === query && (tab.variables ?? '') === variables);
  if (index >= 0) {
    tabs.changeTab(index);
    return;
  }
  if (queryEditor.getValue().trim()) tabs.addTab();
  queryEditor.setValue(query);
  variableEditor.setValue(variables);
  queryEditor.focus();
}

/**
 * GraphiQL's tabs have the role "tab" and contain two buttons, which assistive technology would not reach. Make them
 * a list of buttons.
 */
export function correctTabRoles(): void {
  document.querySelector('.graphiql-tabs')?.removeAttribute('role');
  for (const tab of document.querySelectorAll('.graphiql-tab')) {
    tab.removeAttribute('role');
    tab.removeAttribute('aria-selected');
    const isActive = tab.classList.contains('graphiql-tab-active');
    tab.querySelector('.graphiql-tab-button')?.setAttribute('aria-pressed', String(isActive));
  }
}

function moveFocus(editor: MonacoEditor, { selectionStart, selectionEnd }: HTMLTextAreaElement) {
  const model = editor.getModel();
  if (!model) return;
  const start = model.getPositionAt(selectionStart);
  const end = model.getPositionAt(selectionEnd);
  editor.setSelection({
    startLineNumber: start.lineNumber,
    startColumn: start.column,
    endLineNumber: end.lineNumber,
    endColumn: end.column,
  });
  editor.focus();
}
