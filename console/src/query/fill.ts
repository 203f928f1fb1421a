const PLACEHOLDER = /^\{([\w.]+)\}$/;

/** Replace the strings "{path}" in a value by what `data` has at that path; without that, they stay. */
export function fillIn(value: unknown, data: unknown): unknown {
  if (typeof value === 'string') return fillText(value, data);
  if (Array.isArray(value)) return value.map(item => fillIn(item, data));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillIn(item, data)]));
}

function fillText(text: string, data: unknown): unknown {
  const path = PLACEHOLDER.exec(text)?.[1];
  return path ? (readPath(data, path) ?? text) : text;
}

function readPath(data: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Record<string, unknown>)[key];
  }, data);
}
