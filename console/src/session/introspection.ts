import { getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { serverInfo } from '../server/serverInfo';
import { execute } from './request';

const QUERY = getIntrospectionQuery({ inputValueDeprecation: true, descriptions: true, schemaDescription: true });

let loaded: Promise<IntrospectionQuery> | null = null;
let loadedHash: string | null = null; // null if the server had not yet said which schema it has

/**
 * The schema as introspection returns it. It is requested again when the server has another schema, and after a request
 * that failed.
 */
export function loadIntrospection(): Promise<IntrospectionQuery> {
  const hash = serverInfo()?.schemaHash ?? null;
  if (hash !== null && loadedHash !== null && hash !== loadedHash) loaded = null;
  loadedHash = hash ?? loadedHash;
  loaded ??= requestOnce();
  return loaded;
}

function requestOnce(): Promise<IntrospectionQuery> {
  const next = request();
  next.catch(() => {
    if (loaded === next) loaded = null;
  });
  return next;
}

async function request(): Promise<IntrospectionQuery> {
  const { body } = await execute<IntrospectionQuery>({ query: QUERY, operationName: 'IntrospectionQuery' });
  if (!body.data) throw new Error(body.errors?.[0]?.message ?? 'The server returned no schema.');
  return body.data;
}
