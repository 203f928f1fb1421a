import { isObject } from '../server/isObject';

/** Parse a JSON object; an empty text is an empty object. The error names what is invalid. */
export function parseObject(text: string, name: string): Record<string, unknown> {
  if (!text.trim()) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} are not valid JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw new Error(`${name} are not a JSON object.`);
  return value;
}
