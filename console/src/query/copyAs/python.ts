import { type SnippetRequest, TOKEN_NOTE, TOKEN_VARIABLE } from './types';

/** Python with its standard library. */
export function toPython({ url, operation, headers, hasToken }: SnippetRequest): string {
  const { query, variables, operationName } = operation;
  const token = hasToken ? `    "Authorization": f"Bearer {os.environ['${TOKEN_VARIABLE}']}",\n` : '';
  const others = Object.entries(headers).map(([name, value]) => `    ${text(name)}: ${text(value)},\n`);
  const body = [
    '"query": QUERY',
    ...(variables ? [`"variables": ${literal(variables)}`] : []),
    ...(operationName ? [`"operationName": ${text(operationName)}`] : []),
  ];
  return `import json
${hasToken ? 'import os\n' : ''}import urllib.request

${hasToken ? `# ${TOKEN_NOTE}\n` : ''}HEADERS = {
    "Content-Type": "application/json",
${token}${others.join('')}}
QUERY = ${longText(query)}
BODY = {${body.join(', ')}}

request = urllib.request.Request(${text(url)}, json.dumps(BODY).encode(), HEADERS)
with urllib.request.urlopen(request) as response:
    print(json.dumps(json.load(response), indent=2))
`;
}

/** A value of JSON as a literal of Python. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object') return text(value);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${entries.map(([name, part]) => `${text(name)}: ${literal(part)}`).join(', ')}}`;
}

// JSON's texts and numbers are literals of Python, too.
function text(value: unknown): string {
  return JSON.stringify(value);
}

/** A text as a literal with its line breaks. */
export function longText(value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"').replaceAll('\r', '\\r');
  return `"""\n${escaped}\n"""`;
}
