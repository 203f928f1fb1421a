import { useEffect, useState } from 'react';
import { useServerInfo } from '../server/serverInfo';
import { loadIntrospection } from '../session/introspection';
import { buildCatalog, type Catalog } from './catalog';
import { indexTypes, type TypeIndex } from './describe/typeIndex';
import { useOperation } from './useOperation';

const PERMISSIONS = {
  query: 'query BrowserPermissions { viewer { id permissions } }',
  variables: {},
  operationName: 'BrowserPermissions',
};

/** The catalog; null while it is loading. `error` says why it cannot be loaded. */
export function useCatalogLoader(): { catalog: Catalog | null; error: string | null; retry: () => void } {
  const [index, setIndex] = useState<TypeIndex | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [catalog, setCatalog] = useState<Catalog | null>(null);
  const [attempt, setAttempt] = useState(0);
  const schemaHash = useServerInfo()?.schemaHash;
  const { data, errors, reload } = useOperation<{ viewer: { permissions: string[] | null } | null }>(PERMISSIONS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt requests the schema again, as does another schema
  useEffect(() => {
    loadIntrospection().then(
      schema => setIndex(indexTypes(schema.__schema)),
      (error: Error) => setFailure(error.message),
    );
  }, [attempt, schemaHash]);
  const permissions = data?.viewer?.permissions;
  useEffect(() => {
    if (index && permissions) setCatalog(buildCatalog(index, permissions));
  }, [index, permissions]);
  const retry = () => {
    setFailure(null);
    setAttempt(attempt + 1);
    reload();
  };
  return { catalog, error: failure ?? errors[0]?.message ?? null, retry };
}
