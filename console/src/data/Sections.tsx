import { useMemo, useState } from 'react';
import { openable, useCatalog } from './catalog';
import { DataTable } from './DataTable';
import { describeFields, type Field, type ListField, labelOf } from './describe/fields';
import { displayName } from './describe/names';
import { type Noun, ownedLists } from './describe/nouns';
import { type BuiltOperation, listOperation, type PageArguments, sectionOperation } from './describe/operations';
import { type ObjectRoute, objectPath, UNKNOWN_NOUN } from './describe/route';
import { Errors } from './Errors';
import { History, isHistory } from './History';
import type { Page } from './ListView';
import { Pager } from './Pager';
import { useOperation } from './useOperation';

/** The lists of an object, such as its history, and the lists of root fields that belong to it, such as its events. */
export function Sections({ noun, route }: { noun: Noun; route: ObjectRoute }) {
  const catalog = useCatalog();
  const lists = noun.fields.filter(field => field.kind === 'list');
  const owned = ownedLists(catalog.nouns).filter(({ list }) => list !== null && catalog.isPermitted(list.field));
  return (
    <>
      {lists.map(field => (
        <OwnList key={field.name} noun={openable(catalog, noun)} route={route} field={field} />
      ))}
      {owned.map(other => (
        <Section
          key={other.key}
          name={displayName(other.key)}
          description={other.description}
          type={other.type}
          fields={other.fields}
          route={route}
          noun={noun}
          operationOf={page => listOperation(catalog.index, other, { ...page, owner: route.id })}
        />
      ))}
    </>
  );
}

function OwnList({ noun, route, field }: { noun: Noun; route: ObjectRoute; field: ListField }) {
  const { index } = useCatalog();
  const fields = useMemo(() => describeFields(index, field.type), [index, field.type]);
  return (
    <Section
      name={displayName(field.name)}
      description={field.description}
      type={field.type}
      fields={fields}
      route={route}
      noun={noun}
      operationOf={page => sectionOperation(index, { noun, id: route.id, options: route }, field, fields, page)}
    />
  );
}

interface SectionProps {
  name: string;
  description: string;
  /** The type of the listed objects, and their fields. */
  type: string;
  fields: readonly Field[];
  noun: Noun;
  route: ObjectRoute;
  operationOf: (page: PageArguments) => BuiltOperation;
}

const SIZE = 20;

/** A list of an object. It is loaded when it is opened. */
function Section(props: SectionProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="section" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{props.name}</summary>
      <p className="description">{props.description}</p>
      {isOpen && <SectionContent {...props} />}
    </details>
  );
}

function SectionContent({ name, type, fields, noun, route, operationOf }: SectionProps) {
  const { index, nouns } = useCatalog();
  const [page, setPage] = useState<PageArguments>({ first: SIZE });
  const { data, errors, isLoading, reload } = useOperation<object>(operationOf(page));
  const loaded = findPage(data);
  const move = (next: { after: string } | { before: string }) =>
    setPage('before' in next ? { last: SIZE, ...next } : { first: SIZE, ...next });
  const key = nouns.find(other => other.type === type)?.key ?? UNKNOWN_NOUN;
  return (
    <>
      <Errors errors={errors} onRetry={reload} />
      <p role="status">{isLoading ? 'Loading…' : loaded ? `${loaded.totalCount ?? loaded.nodes.length} in all` : ''}</p>
      {loaded && loaded.nodes.length > 0 && isHistory(fields) && (
        <History noun={noun} route={route} rows={loaded.nodes} fields={fields} />
      )}
      {loaded && loaded.nodes.length > 0 && !isHistory(fields) && (
        <DataTable
          caption={name}
          fields={fields}
          rows={loaded.nodes}
          label={labelOf(index, type)}
          pathOf={row => objectPath(key, String(row.id))}
        />
      )}
      {loaded && <Pager name={name} pageInfo={loaded.pageInfo} onPage={move} />}
    </>
  );
}

/** The page of the only list in a response, at the root or inside the object. */
export function findPage(data: object | null): Page | null {
  const found = Object.values(data ?? {})[0] as object | null | undefined;
  if (!found) return null;
  return 'pageInfo' in found ? (found as Page) : findPage(found);
}
