import { COLLECTIONS, type Example } from './collections';
import { openExample } from './openExample';

/** The list of examples by domain. A click opens one in the editor. */
export function ExamplesPanel() {
  return (
    <div className="examples">
      <h2>Examples</h2>
      {COLLECTIONS.map(({ domain, examples }) => (
        <section key={domain} aria-labelledby={`examples-${domain}`}>
          <h3 id={`examples-${domain}`}>{domain}</h3>
          <ul>
            {examples.map(example => (
              <ExampleItem key={example.title} example={example} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function ExampleItem({ example }: { example: Example }) {
  return (
    <li>
      <button type="button" onClick={() => void openExample(example)}>
        {example.title}
      </button>
      <p className="muted">{example.description}</p>
    </li>
  );
}

/** The icon of the panel. */
export function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 4h14v16H5zM9 8h6M9 12h6M9 16h4" />
    </svg>
  );
}

/** A list of the examples for the light editor. */
export function ExamplesSelect() {
  const open = (index: string) => {
    const [domain = '', title] = index.split('/');
    const examples = COLLECTIONS.find(collection => collection.domain === domain)?.examples;
    const example = examples?.find(candidate => candidate.title === title);
    if (example) void openExample(example);
  };
  return (
    <select aria-label="Examples" value="" onChange={event => open(event.target.value)}>
      <option value="">Examples…</option>
      {COLLECTIONS.map(({ domain, examples }) => (
        <optgroup key={domain} label={domain}>
          {examples.map(({ title }) => (
            <option key={title} value={`${domain}/${title}`}>
              {title}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
