import { getOperationAST, Kind, parse, print, separateOperations } from 'graphql';
import { isSecretValue, redactOperation } from '../secrets';
import type { SnippetRequest } from './types';

const SECRET_HEADER = /authorization|cookie|password|secret|token|api-?key/i;
const OWN_HEADERS = ['content-type', 'accept', 'authorization'];

/** Prepare an operation for snippets: without secrets, and without the other operations of its document. */
export function toSnippetRequest(request: SnippetRequest): SnippetRequest {
  const { query, variables, operationName } = redactOperation(request.operation);
  const { headers } = request;
  return {
    ...request,
    operation: {
      query: singleOperation(query, operationName).trim(),
      ...(variables && Object.keys(variables).length > 0 && { variables }),
      ...(operationName && { operationName }),
    },
    headers: Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => toSafeHeader(name, value))),
    hasToken: request.hasToken || Object.keys(headers).some(name => name.toLowerCase() === 'authorization'),
  };
}

/** The document with only this operation and its fragments: some clients do not choose between operations. */
export function singleOperation(query: string, operationName?: string): string {
  const document = parse(query);
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const name = getOperationAST(document, operationName)?.name?.value ?? '';
  const separate = separateOperations(document)[name];
  return operations.length > 1 && separate ? print(separate) : query;
}

function toSafeHeader(name: string, value: string): [string, string][] {
  if (OWN_HEADERS.includes(name.toLowerCase()) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return [];
  return [[name, SECRET_HEADER.test(name) || isSecretValue(value) ? `<${name}>` : value.replaceAll(/[\r\n]+/g, ' ')]];
}
