import { type KeyboardEvent, useEffect, useState } from 'react';
import { useStore } from '../server/store';
import { DemoUserButtons } from '../session/DemoUsers';
import { useSessionStatus } from '../session/session';
import { cursor, type EditorTexts, opened, response, texts } from './document';
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
        onChange={event => change(event.target.value)}
        onSelect={event => name === 'query' && cursor.set(event.currentTarget.selectionStart)}
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
    const { query, variables } = texts.get();
    if (/^\s*subscription\b|@live\b/m.test(query)) return 'Live operations need the full editor, which is loading.';
    const { body } = await runOperation({ query, variables: parseObject(variables, 'Variables') });
    return JSON.stringify(body, null, 2);
  } catch (error) {
    return JSON.stringify({ errors: [{ message: (error as Error).message }] }, null, 2);
  }
}
