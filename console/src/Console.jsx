import { explorerPlugin } from '@graphiql/plugin-explorer';
import { createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';

import { examples } from './examples/index.js';
import { fetcher } from './fetcher.js';
import icon from './icon.svg';
import { SessionStatus } from './SessionStatus.jsx';

const HEADERS = '{"X-Tenant": "demo"}';
const TABS = examples.map(query => ({ query, headers: HEADERS }));
// A separate namespace, so that tabs of another GraphiQL on the same origin are not restored.
const STORAGE = createLocalStorage({ namespace: 'allotment' });
const PLUGINS = [HISTORY_PLUGIN, explorerPlugin()];

export function Console() {
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      storage={STORAGE}
      defaultTabs={TABS}
      defaultHeaders={HEADERS}
      defaultEditorToolsVisibility="headers"
      shouldPersistHeaders
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <SessionStatus />
        <span className="brand">
          <img src={icon} alt="" />
          <span>Allotment</span>
        </span>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}
