import type { InputField } from './inputs';

/** What a control of a form contains: text, or the chosen values. */
export type Raw = string | string[];

/** A value for the server, or why the entered text is none. */
export type Parsed = { value: unknown } | { error: string };

/** The content of the control for a value of an object. */
export function toRaw(field: InputField, value: unknown): Raw {
  if (field.control.kind === 'enums') return Array.isArray(value) ? value.map(String) : [];
  if (value === null || value === undefined) return '';
  if (field.control.kind === 'json') return JSON.stringify(value, null, 2);
  if (field.control.kind === 'dateTime') return toLocal(String(value));
  return String(value);
}

/** Read a control. An empty one is null, except for a text that must not be null. */
export function parseRaw(field: InputField, raw: Raw, isNullable: boolean): Parsed {
  const { kind } = field.control;
  if (Array.isArray(raw)) return { value: raw };
  const isText = kind === 'text' || kind === 'longText';
  if (raw === '' || (!isText && raw.trim() === '')) return { value: isText && !isNullable ? '' : null };
  if (kind === 'integer') return parseInteger(raw.trim());
  if (kind === 'decimal') return parseDecimal(raw.trim());
  if (kind === 'boolean') return { value: raw === 'true' };
  if (kind === 'dateTime') return parseDateTime(raw);
  if (kind === 'json') return parseJson(raw);
  return { value: kind === 'id' ? raw.trim() : raw };
}

function parseInteger(text: string): Parsed {
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))
    ? { value: Number(text) }
    : { error: 'Enter a whole number.' };
}

/** Decimals are sent as text, because numbers in JavaScript are not exact. */
function parseDecimal(text: string): Parsed {
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? { value: text } : { error: 'Enter a number, such as 12.50.' };
}

function parseDateTime(text: string): Parsed {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? { error: 'Enter a date and a time.' } : { value: time.toISOString() };
}

function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The content of a control without a value: the default of the input, if it has one that the control can show. */
export function defaultRaw(field: InputField): Raw {
  if (field.control.kind === 'enums') return [];
  const literal = field.defaultValue;
  if (literal === null || literal === 'null') return '';
  if (field.control.kind === 'enum' || field.control.kind === 'boolean') return literal;
  try {
    const value: unknown = JSON.parse(literal); // literals of scalars are valid JSON
    return toRaw(field, value);
  } catch {
    return '';
  }
}

/** A time as `<input type="datetime-local">` takes it, in local time. */
export function toLocal(value: string): string {
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return '';
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** A time for people, in local time. */
export function formatTime(value: string): string {
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return value;
  return time.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** A day for people. It has no time zone. */
export function formatDate(value: string): string {
  const day = new Date(`${value}T00:00:00`);
  return Number.isNaN(day.getTime()) ? value : day.toLocaleDateString(undefined, { dateStyle: 'medium' });
}

/** A value as text, for tables and comparisons. */
export function formatValue(value: unknown, type: string): string {
  if (value === null || value === undefined) return '—';
  if (Array.isArray(value) && value.every(item => typeof item !== 'object')) return value.join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  if (type === 'DateTime') return formatTime(String(value));
  return type === 'Date' ? formatDate(String(value)) : String(value);
}
