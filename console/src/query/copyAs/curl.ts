import { type SnippetRequest, TOKEN_NOTE, TOKEN_VARIABLE } from './types';

/** A command for curl. */
export function toCurl({ url, operation, type, headers, hasToken }: SnippetRequest): string {
  const stream = type === 'subscription';
  const names = { 'Content-Type': 'application/json', ...(stream && { Accept: 'text/event-stream' }), ...headers };
  const parts = [
    `curl ${stream ? '--no-buffer ' : ''}${quote(url)}`,
    ...(hasToken ? [`--header "Authorization: Bearer $${TOKEN_VARIABLE}"`] : []),
    ...Object.entries(names).map(([name, value]) => `--header ${quote(`${name}: ${value}`)}`),
    `--data-raw ${quote(JSON.stringify(operation))}`,
  ];
  return `${hasToken ? `# ${TOKEN_NOTE}\n` : ''}${parts.join(' \\\n  ')}\n`;
}

/** A text as one word of a POSIX shell. Nothing in single quotes has a meaning, except the quote itself. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
