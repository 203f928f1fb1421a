import { CopyButton } from '../ui/CopyButton';
import { ViewLink } from '../ui/ViewLink';
import { type Catalog, nounByType, useCatalog } from './catalog';
import type { Row } from './describe/changes';
import type { EmbeddedField, Field, RelationField, ValueField } from './describe/fields';
import { objectPath, UNKNOWN_NOUN } from './describe/route';
import { formatDate, formatTime, formatValue } from './describe/values';

/** The value of a field of an object, as text. Only ids and related objects are links, to their view. */
export function FieldValue({ field, value }: { field: Field; value: unknown }) {
  if (value === null || value === undefined) return <Nothing />;
  if (field.kind === 'relation') return <RelatedObject field={field} value={value} />;
  if (field.kind === 'embedded') return <Embedded field={field} value={value} />;
  return field.kind === 'value' ? <ScalarValue field={field} value={value} /> : null;
}

function Nothing() {
  return (
    <span className="null" title="null">
      —
    </span>
  );
}

function ScalarValue({ field, value }: { field: ValueField; value: unknown }) {
  const text = String(value);
  if (Array.isArray(value)) return value.length > 0 ? formatValue(value, field.type) : <Nothing />;
  if (field.name === 'id') return <Id id={text} />;
  if (field.type === 'ID') return <ViewLink path={objectPath(UNKNOWN_NOUN, text)}>{text}</ViewLink>;
  if (field.type === 'DateTime') return <Time exact={text} shown={formatTime(text)} />;
  if (field.type === 'Date') return <Time exact={text} shown={formatDate(text)} />;
  if (typeof value === 'object') return <code className="json">{JSON.stringify(value)}</code>;
  return text === '' ? <span className="null" title="an empty text" /> : <span className="text">{text}</span>;
}

function Id({ id }: { id: string }) {
  return (
    <span className="id">
      <code>{id}</code> <CopyButton className="copy" text={id} name={`Copy the id ${id}`} />
    </span>
  );
}

/** A time for people; its exact value is in the title. */
export function Time({ exact, shown = formatTime(exact) }: { exact: string; shown?: string }) {
  return (
    <time dateTime={exact} title={exact}>
      {shown}
    </time>
  );
}

function RelatedObject({ field, value }: { field: RelationField; value: unknown }) {
  const catalog = useCatalog();
  const row = value as Row;
  const id = String(row.id);
  const label = field.label !== null && row[field.label] ? String(row[field.label]) : id;
  return <ViewLink path={objectPath(keyOf(catalog, row, field.type), id)}>{label}</ViewLink>;
}

function keyOf(catalog: Catalog, row: Row, type: string): string {
  return nounByType(catalog, String(row.__typename ?? type))?.key ?? UNKNOWN_NOUN;
}

function Embedded({ field, value }: { field: EmbeddedField; value: unknown }) {
  const rows = (Array.isArray(value) ? value : [value]) as Row[];
  const describe = (row: Row) =>
    field.fields.map(inner => `${inner.name}: ${formatValue(row[inner.name], inner.type)}`).join(', ');
  return <span className="text">{rows.map(describe).join('; ')}</span>;
}
