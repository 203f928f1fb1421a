const SOURCES = import.meta.glob<string>('./*/*.graphql', { query: '?raw', import: 'default', eager: true });
const VARIABLES = import.meta.glob<string>('./*/*.json', { query: '?raw', import: 'default', eager: true });
const DOMAINS = ['work', 'people', 'shop', 'ledger', 'library', 'history', 'live'];

/** An operation to start from. */
export interface Example {
  /** The folder of its file. */
  domain: string;
  /** The name of its operation, in words. */
  title: string;
  /** The comment at the start of its file. */
  description: string;
  query: string;
  /** JSON, in which "{tasks.nodes.0.id}" stands for a value of the result of `fill`. */
  variables?: string;
  /** A query for the values that the variables need. */
  fill?: string;
}

/** The examples of a domain. */
export interface Collection {
  domain: string;
  examples: Example[];
}

/** All examples, by domain and title. */
export const COLLECTIONS: Collection[] = DOMAINS.map(domain => ({ domain, examples: readDomain(domain) }));

function readDomain(domain: string): Example[] {
  const paths = Object.keys(SOURCES).filter(path => path.startsWith(`./${domain}/`) && !path.endsWith('.fill.graphql'));
  return paths.map(path => readExample(domain, path)).sort((one, other) => one.title.localeCompare(other.title));
}

function readExample(domain: string, path: string): Example {
  const query = SOURCES[path] ?? '';
  const base = path.replace(/\.graphql$/, '');
  const variables = VARIABLES[`${base}.json`];
  const fill = SOURCES[`${base}.fill.graphql`];
  const words = { title: readTitle(query), description: readDescription(query) };
  return { domain, query, ...words, ...(variables && { variables }), ...(fill && { fill }) };
}

/** The name of the operation in words: "PlaceOrder" becomes "Place order". */
export function readTitle(query: string): string {
  const name = /^(?:query|mutation|subscription) (\w+)/m.exec(query)?.[1] ?? 'Query';
  const words = name.replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
  return words;
}

function readDescription(query: string): string {
  const lines = query.split('\n');
  const end = lines.findIndex(line => !line.startsWith('#'));
  return lines
    .slice(0, end)
    .map(line => line.replace(/^# ?/, ''))
    .join(' ');
}
