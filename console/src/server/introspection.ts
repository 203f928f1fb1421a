import { getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { execute } from './request';

const QUERY = getIntrospectionQuery({ inputValueDeprecation: true, descriptions: true, schemaDescription: true });

let loaded: Promise<IntrospectionQuery> | null = null;

/** The schema as introspection returns it. It is requested once; a failed request is repeated by the next call. */
export function loadIntrospection(): Promise<IntrospectionQuery> {
  loaded ??= request().catch(error => {
    loaded = null;
    throw error;
  });
  return loaded;
}

async function request(): Promise<IntrospectionQuery> {
  const { body } = await execute<IntrospectionQuery>({ query: QUERY, operationName: 'IntrospectionQuery' });
  if (!body.data) throw new Error(body.errors?.[0]?.message ?? 'The server returned no schema.');
  return body.data;
}
