/** The name of the first operation of a document. */
export function nameOf(text: string): string {
  const name = /\b(?:query|mutation|subscription)\s+([_A-Za-z]\w*)/.exec(text.replaceAll(/#.*/g, ''))?.[1];
  return name ?? 'Without a name';
}
