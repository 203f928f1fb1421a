import { type KeyboardEvent, useEffect, useState } from 'react';
import { useStore } from '../server/store';
import type { Operation } from '../server/types';
import { DemoUserButtons } from '../session/DemoUsers';
import { useSessionStatus } from '../session/session';
import { cursor, type EditorTexts, opened, operationStart, response, texts } from './document';
import { ExamplesSelect } from './ExamplesPanel';
import { parseObject } from './json';
import { LIGHT_EDITOR_IDS } from './lightEditorIds';
import { runOperation } from './runOperation';

/** A plain editor for the time until GraphiQL is loaded: text areas, "Run", and the result. */
export function LightEditor() {
  const { isRunning, start } = useRun();
  useOpened();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void start();
  };
  return (
    <div className="light-editor">
      <div className="inputs">
        <TextInput name="query" label="Query" onKeyDown={onKeyDown} />
        <TextInput name="variables" label="Variables (JSON)" onKeyDown={onKeyDown} />
      </div>
      <div className="outputs">
        <div className="actions">
          <button type="button" className="primary" disabled={isRunning} onClick={() => void start()}>
            {isRunning ? 'Running…' : 'Run'}
          </button>
          <ExamplesSelect />
          <span className="muted" role="status">
            The full editor is loading…
          </span>
        </div>
        <Result />
      </div>
    </div>
  );
}

interface TextInputProps {
  name: 'query' | 'variables';
  label: string;
  onKeyDown: (event: KeyboardEvent) => void;
}

function TextInput({ name, label, onKeyDown }: TextInputProps) {
  const id = LIGHT_EDITOR_IDS[name];
  const change = (value: string) => texts.set({ ...texts.get(), [name]: value } satisfies EditorTexts);
  const moveCursor = ({ selectionStart }: HTMLTextAreaElement) => name === 'query' && cursor.set(selectionStart);
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        value={useStore(texts)[name]}
        onKeyDown={onKeyDown}
        onChange={event => {
          change(event.target.value);
          moveCursor(event.currentTarget);
        }}
        onSelect={event => moveCursor(event.currentTarget)}
      />
    </>
  );
}

function Result() {
  const result = useStore(response);
  const status = useSessionStatus();
  if (!result && status === 'signedOut') return <DemoUserButtons onSignedIn={() => undefined} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it, the keyboard could not scroll a long result
    <section aria-label="Result" tabIndex={0}>
      <pre>{result}</pre>
    </section>
  );
}

function useOpened() {
  const operation = useStore(opened);
  useEffect(() => {
    if (!operation) return;
    opened.set(null);
    texts.set({ ...texts.get(), query: operation.query, variables: operation.variables ?? '' });
    cursor.set(operationStart(operation));
  }, [operation]);
}

function useRun() {
  const [isRunning, setRunning] = useState(false);
  const start = async () => {
    setRunning(true);
    response.set(await runTexts());
    setRunning(false);
  };
  return { isRunning, start };
}

async function runTexts(): Promise<string> {
  try {
    const { operation, isLive } = await operationToRun();
    if (isLive) return 'Live operations need the full editor, which is loading.';
    const { body } = await runOperation(operation);
    return JSON.stringify(body, null, 2);
  } catch (error) {
    return JSON.stringify({ errors: [{ message: (error as Error).message }] }, null, 2);
  }
}

/** Several operations, or one that may be live: only then, the parser is needed, which is as large as this editor. */
const NEEDS_PARSER = /\bsubscription\b|@live\b|\b(?:query|mutation)\b[\s\S]*\b(?:query|mutation)\b/;

/** The operation under the cursor. If there is none, the server says why. */
async function operationToRun() {
  if (!NEEDS_PARSER.test(texts.get().query.replace(/#.*/g, ''))) return { operation: wholeText(), isLive: false };
  const [{ findCurrentOperation }, { isLive, resolveOperation }] = await Promise.all([
    import('./findOperation'),
    import('./operation'),
  ]);
  const { query, variables } = texts.get();
  const { operation: found } = findCurrentOperation(query, variables, cursor.get());
  const operation = found ?? wholeText();
  const { definition } = resolveOperation(operation.query, operation.operationName);
  return { operation, isLive: isLive(definition) };
}

function wholeText(): Operation {
  const { query, variables } = texts.get();
  return { query, variables: parseObject(variables, 'Variables') };
}
