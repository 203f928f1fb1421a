import 'graphiql/setup-workers/vite'; // Monaco's workers from this bundle instead of a CDN
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './graphiql.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect, useState } from 'react';
import { useStore } from '../server/store';
import { useColors } from '../ui/theme';
import { opened, response, texts } from './document';
import { EditorSync } from './EditorSync';
import { ExamplesIcon, ExamplesPanel } from './ExamplesPanel';
import { correctTabRoles, openInTab, takeOver } from './editors';
import { fetcher } from './fetcher';
import { LiveLogPanel } from './LiveLogPanel';
import { createStorage } from './storage';

const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: 'Examples', icon: ExamplesIcon, content: ExamplesPanel };
const PLUGINS = [EXAMPLES_PLUGIN, HISTORY_PLUGIN, explorerPlugin()];
const STORAGE = createStorage();
const IS_WIDE = innerWidth >= 1000;

interface Props {
  /** Called once, with the function that takes over from the light editor. */
  onReady: (takeOver: () => void) => void;
}

/** GraphiQL, connected to the session and to the texts of the light editor. */
export default function QueryView(props: Props) {
  const colors = useColors();
  const [initial] = useState(texts.get);
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      visiblePlugin={IS_WIDE ? EXAMPLES_PLUGIN : undefined}
      storage={STORAGE}
      initialQuery={initial.query}
      initialVariables={initial.variables}
      forcedTheme={colors}
      defaultEditorToolsVisibility={IS_WIDE ? 'variables' : undefined}
      shouldPersistHeaders={false}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo> </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Live />
      </GraphiQL.Footer>
      <Connector {...props} />
    </GraphiQL>
  );
}

function Live() {
  const { stop } = useGraphiQLActions();
  return <LiveLogPanel onStop={stop} />;
}

/** Takes over from the light editor once, and then opens the operations that other parts of the console ask for. */
function Connector({ onReady }: Props) {
  const editors = useEditors();
  const operation = useStore(opened);
  const tabs = useGraphiQL(state => state.tabs);
  useGraphiQL(state => state.activeTabIndex); // renders again when another tab is selected
  const { addTab, changeTab } = useGraphiQLActions();
  const isReady = editors !== null;
  const [hasTakenOver, setTakenOver] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the editors exist
  useEffect(() => {
    if (!editors) return;
    onReady(() => {
      takeOver(editors);
      setTakenOver(true);
    });
    // the light editor may still wait for its result
    return response.subscribe(() => editors.responseEditor.setValue(response.get()));
  }, [isReady]);
  useEffect(() => {
    if (!editors || !operation) return;
    opened.set(null);
    openInTab(editors, { tabs, addTab, changeTab }, operation);
  }, [editors, operation, tabs, addTab, changeTab]);
  useEffect(correctTabRoles); // after each rendering, because React sets the attributes again
  return hasTakenOver && <EditorSync />; // not before: it would overwrite the texts of the light editor
}

function useEditors() {
  const queryEditor = useGraphiQL(state => state.queryEditor);
  const variableEditor = useGraphiQL(state => state.variableEditor);
  const responseEditor = useGraphiQL(state => state.responseEditor);
  const areReady = queryEditor && variableEditor && responseEditor;
  return areReady ? { queryEditor, variableEditor, responseEditor } : null;
}
