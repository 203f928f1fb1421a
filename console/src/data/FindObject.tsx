import { useEffect, useMemo } from 'react';
import { nounByType, useCatalog } from './catalog';
import { type BuiltOperation, singletonOperation, typeOperation } from './describe/operations';
import { objectPath } from './describe/route';
import { Errors } from './Errors';
import { Heading } from './Heading';
import { useOperation } from './useOperation';

interface Found {
  found: { __typename: string; id: string } | null;
}

/** Finds the type of an object by its id, and opens it. */
export function FindById({ id }: { id: string }) {
  return <FindObject operation={useMemo(() => typeOperation(id), [id])} />;
}

/** Finds the object that a root field returns, such as the current tenant, and opens it. */
export function FindByField({ field }: { field: string }) {
  return <FindObject operation={useMemo(() => singletonOperation(field), [field])} />;
}

/** Replaces the address by that of the object, so that "Back" does not return to it. */
function FindObject({ operation }: { operation: BuiltOperation }) {
  const catalog = useCatalog();
  const { data, errors, isLoading, reload } = useOperation<Found>(operation);
  const found = data?.found;
  const noun = found ? nounByType(catalog, found.__typename) : undefined;
  useEffect(() => {
    if (noun && found) {
      location.replace(`${location.pathname}${location.search}#${objectPath(noun.key, found.id)}`);
    }
  }, [noun, found]);
  if (isLoading || noun) return <p role="status">Loading…</p>;
  return (
    <article>
      <Heading text="Not found" />
      <Errors errors={errors} onRetry={reload} />
      <p>No object with this id exists in this tenant, or you may not see it.</p>
    </article>
  );
}
