import { getOperationAST, parse } from 'graphql';

/**
 * Parses the query and returns its document and the name of the operation to run. GraphiQL updates its own values with
 * a delay after a change of tabs, and would send the query of the new tab with the operation name of the old one.
 */
export function resolveOperation({ query, operationName }) {
  try {
    const documentAST = parse(query);
    const operation = getOperationAST(documentAST, operationName) ?? getOperationAST(documentAST);
    return { documentAST, operationName: operation?.name?.value };
  } catch {
    return { operationName }; // a syntax error, which the server reports
  }
}
