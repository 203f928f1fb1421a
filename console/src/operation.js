import { getOperationAST, parse } from 'graphql';

/**
 * The parsed document of an operation and the name to run in it. GraphiQL's own are a moment late after a change of
 * tabs: until then it would send the new tab's query under the name of the old one.
 */
export function identify({ query, operationName }) {
  try {
    const documentAST = parse(query);
    const operation = getOperationAST(documentAST, operationName) ?? getOperationAST(documentAST);
    return { documentAST, operationName: operation?.name?.value };
  } catch {
    return { operationName }; // a syntax error: the server says it better
  }
}
