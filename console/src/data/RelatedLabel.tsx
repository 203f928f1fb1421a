import { useMemo } from 'react';
import { listedNouns, useCatalog } from './catalog';
import type { Row } from './describe/changes';
import { listOperation } from './describe/operations';
import { useOperation } from './useOperation';

/** The label of an object, found by its id. Empty if the user may not list objects of its type, or it does not exist. */
export function RelatedLabel({ type, id }: { type: string; id: string }) {
  const catalog = useCatalog();
  const operation = useMemo(() => {
    const noun = listedNouns(catalog).find(candidate => candidate.type === type);
    if (!noun?.label || !noun.list?.where || id === '') return null;
    const shown = { ...noun, fields: noun.fields.filter(field => field.name === noun.label) };
    return { label: noun.label, query: listOperation(catalog.index, shown, { first: 1, where: { id: { eq: id } } }) };
  }, [catalog, type, id]);
  const { data } = useOperation<Record<string, { nodes: Row[] } | null>>(operation?.query ?? null);
  const row = Object.values(data ?? {})[0]?.nodes[0];
  return operation && row?.id === id ? <span className="text">{String(row[operation.label])}</span> : null;
}
