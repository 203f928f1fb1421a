import { type DocumentNode, getOperationAST, type OperationDefinitionNode, parse } from 'graphql';

/** The operation of a text that is to be run. */
export interface ResolvedOperation {
  document?: DocumentNode;
  definition?: OperationDefinitionNode;
  operationName?: string;
}

/**
 * Parse the query and find the operation to run. GraphiQL updates its own values with a delay after a change of tabs,
 * and would send the query of the new tab with the operation name of the old one.
 */
export function resolveOperation(query: string, operationName?: string | null): ResolvedOperation {
  try {
    const document = parse(query);
    const definition = getOperationAST(document, operationName) ?? getOperationAST(document) ?? undefined;
    const name = definition?.name?.value;
    return { document, ...(definition && { definition }), ...(name && { operationName: name }) };
  } catch {
    return operationName ? { operationName } : {}; // a syntax error, which the server reports
  }
}

/** Whether the operation has several results over time: a subscription, or a query with `@live`. */
export function isLive(definition: OperationDefinitionNode | undefined): boolean {
  if (!definition) return false;
  return definition.operation === 'subscription' || !!definition.directives?.some(({ name }) => name.value === 'live');
}
