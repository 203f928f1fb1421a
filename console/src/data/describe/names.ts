const ACRONYMS = /\b(?:api|url)\b/g;

/** A name of the schema for people: `dueDate` is "Due date", and `apiKeys` is "API keys". */
export function displayName(name: string): string {
  const words = name
    .replaceAll(/([A-Z])/g, ' $1')
    .trim()
    .toLowerCase()
    .replaceAll(ACRONYMS, acronym => acronym.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}
