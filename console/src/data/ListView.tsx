import { useMemo, useState } from 'react';
import { openView } from '../ui/view';
import { CreateForm } from './CreateForm';
import { mutationsOf, openable, useCatalog } from './catalog';
import { DataTable, type Sorting } from './DataTable';
import type { Row } from './describe/changes';
import type { Mutation } from './describe/mutations';
import { displayName } from './describe/names';
import type { Noun } from './describe/nouns';
import { listOperation } from './describe/operations';
import { describeOrder, directionOf, nextOrder } from './describe/orders';
import { type ListRoute, listPath, objectPath } from './describe/route';
import { Errors } from './Errors';
import { FilterForm } from './FilterForm';
import { Heading } from './Heading';
import { type PageInfo, Pager } from './Pager';
import { useOperation } from './useOperation';

/** A page of a connection. */
export interface Page {
  totalCount?: number;
  nodes: Row[];
  pageInfo: PageInfo;
}

const SIZES = [20, 50, 100];

/** The list of the objects of a noun, with filter, order and pages. */
export function ListView({ noun, route }: { noun: Noun; route: ListRoute }) {
  const catalog = useCatalog();
  const operation = useMemo(() => listOperation(catalog.index, noun, pageOf(route)), [catalog, noun, route]);
  const { data, errors, isLoading, reload } = useOperation<Record<string, Page | null>>(operation);
  const page = noun.list ? data?.[noun.list.field] : null;
  const open = (change: Partial<ListRoute>) => openView(listPath({ ...withoutPage(route), ...change }));
  const sorting = useSorting(noun, route, order => open({ order }));
  const name = displayName(noun.key);
  return (
    <article aria-busy={isLoading}>
      <Heading text={name} />
      <p className="description">{noun.description}</p>
      <CreateSection noun={noun} />
      <FilterForm
        key={JSON.stringify([route.where, route.flags])}
        noun={noun}
        where={route.where}
        flags={route.flags}
        onApply={(where, flags) => open({ where, flags })}
      />
      <Errors errors={errors} onRetry={reload} />
      <ListStatus
        page={page}
        size={route.size}
        isLoading={isLoading}
        onSize={size => open({ size })}
        onReload={reload}
      />
      {page && page.nodes.length > 0 && (
        <DataTable
          caption={name}
          fields={noun.fields}
          rows={page.nodes}
          label={noun.label}
          pathOf={row => objectPath(noun.key, String(row.id), { flags: flagsOfObject(openable(catalog, noun), route) })}
          sorting={sorting}
        />
      )}
      {page && <Pager name={name} pageInfo={page.pageInfo} onPage={open} />}
    </article>
  );
}

function pageOf(route: ListRoute) {
  const page = route.before ? { last: route.size, before: route.before } : { first: route.size };
  return {
    ...page,
    ...(route.after && !route.before && { after: route.after }),
    ...(route.where && { where: route.where }),
    ...(route.order.length > 0 && { orderBy: route.order }),
    flags: route.flags,
  };
}

/** The list from its start: another filter or order has other pages. */
function withoutPage({ after: _after, before: _before, ...route }: ListRoute): Omit<ListRoute, 'after' | 'before'> {
  return route;
}

function flagsOfObject(noun: Noun, route: ListRoute): string[] {
  const known = noun.single?.flags.map(flag => flag.name) ?? [];
  return route.flags.filter(flag => known.includes(flag));
}

function useSorting(noun: Noun, route: ListRoute, onOrder: (order: ListRoute['order']) => void): Sorting | undefined {
  const { index } = useCatalog();
  const order = noun.list?.order;
  if (!order) return undefined;
  const columns = describeOrder(index, order, noun.fields);
  return {
    directions: new Map([...columns.keys()].map(name => [name, directionOf(columns, name, route.order)])),
    onSort: field => onOrder(nextOrder(columns, field, route.order)),
  };
}

interface StatusProps {
  page: Page | null | undefined;
  size: number;
  isLoading: boolean;
  onSize: (size: number) => void;
  onReload: () => void;
}

function ListStatus({ page, size, isLoading, onSize, onReload }: StatusProps) {
  return (
    <div className="list-status">
      <p role="status">{isLoading ? 'Loading…' : page ? countText(page) : ''}</p>
      <button type="button" onClick={onReload}>
        Reload
      </button>
      <label>
        Per page{' '}
        <select value={size} onChange={event => onSize(Number(event.target.value))}>
          {[...new Set([...SIZES, size])]
            .sort((a, b) => a - b)
            .map(choice => (
              <option key={choice}>{choice}</option>
            ))}
        </select>
      </label>
    </div>
  );
}

function countText({ totalCount, nodes }: Page): string {
  const total = totalCount ?? nodes.length;
  if (total === 0) return 'No objects';
  return totalCount === undefined ? `${nodes.length} shown` : `${nodes.length} of ${total} shown`;
}

function CreateSection({ noun }: { noun: Noun }) {
  const [chosen, setChosen] = useState<Mutation | null>(null);
  const { create, creations } = mutationsOf(useCatalog(), noun.type);
  const all = create ? [create, ...creations] : creations;
  if (all.length === 0) return null;
  if (chosen) return <CreateForm noun={noun} mutation={chosen} onClose={() => setChosen(null)} />;
  return (
    <p className="toolbar">
      {all.map(mutation => (
        <button key={mutation.name} type="button" onClick={() => setChosen(mutation)} title={mutation.description}>
          {displayName(mutation.name)}
        </button>
      ))}
    </p>
  );
}
