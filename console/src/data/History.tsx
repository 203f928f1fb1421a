import { ViewLink } from '../ui/ViewLink';
import type { Row } from './describe/changes';
import type { Field } from './describe/fields';
import { displayName } from './describe/names';
import type { Noun } from './describe/nouns';
import { type ObjectRoute, objectPath } from './describe/route';
import { formatValue } from './describe/values';
import { FieldValue } from './Value';

/** The fields of an entry that the comparison replaces or that repeat the object. */
const REPLACED = ['id', 'before', 'after', 'changedFields', 'noun', 'objectId'];

/** Whether objects with these fields are entries of a history: they have what changed, before and after. */
export function isHistory(fields: readonly Field[]): boolean {
  return ['before', 'after', 'changedFields'].every(name => fields.some(field => field.name === name));
}

interface Props {
  noun: Noun;
  route: ObjectRoute;
  rows: readonly Row[];
  fields: readonly Field[];
}

/** The history of an object: of each change the values before and after, and who made it. */
export function History({ noun, route, rows, fields }: Props) {
  return (
    <ol className="history">
      {rows.map(row => (
        <li key={String(row.id)}>
          <p>
            {fields
              .filter(field => !REPLACED.includes(field.name) && field.kind !== 'list' && isPresent(row[field.name]))
              .map(field => (
                <span key={field.name} className="fact">
                  {displayName(field.name)}: <FieldValue field={field} value={row[field.name]} />
                </span>
              ))}
          </p>
          <Comparison row={row} />
          <PastLink noun={noun} route={route} row={row} />
        </li>
      ))}
    </ol>
  );
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '';
}

function PastLink({ noun, route, row }: { noun: Noun; route: ObjectRoute; row: Row }) {
  if (!noun.single?.hasAsOf || !row.createdAt) return null;
  return (
    <ViewLink path={objectPath(noun.key, route.id, { asOf: String(row.createdAt), flags: route.flags })}>
      Show this version
    </ViewLink>
  );
}

function Comparison({ row }: { row: Row }) {
  const before = (row.before ?? {}) as Row;
  const after = (row.after ?? {}) as Row;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (names.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {names.map(name => (
          <tr key={name}>
            <th scope="row">{displayName(name)}</th>
            <td>{name in before ? formatValue(before[name], '') : ''}</td>
            <td>{name in after ? formatValue(after[name], '') : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
