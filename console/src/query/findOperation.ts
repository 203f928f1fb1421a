import { type DocumentNode, Kind, type OperationDefinitionNode, parse } from 'graphql';
import type { Operation } from '../server/types';
import { parseObject } from './json';

/** The operation under the cursor, or why there is none. */
export type CurrentOperation =
  | { operation: Operation; type: OperationDefinitionNode['operation']; problem: null }
  | { operation: null; type: null; problem: string };

/** Find the operation of a document at a position: the one before it, or else the first. */
export function findCurrentOperation(query: string, variables: string, position: number): CurrentOperation {
  try {
    const definition = operationAt(parse(query), position);
    if (!definition) return none('The editor contains no operation.');
    const operation: Operation = { query, variables: parseObject(variables, 'Variables') };
    if (definition.name) operation.operationName = definition.name.value;
    return { operation, type: definition.operation, problem: null };
  } catch (error) {
    return none(query.trim() ? (error as Error).message : 'The editor is empty.');
  }
}

function operationAt(document: DocumentNode, position: number): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter(definition => definition.kind === Kind.OPERATION_DEFINITION);
  return operations.findLast(({ loc }) => loc && loc.start <= position) ?? operations[0];
}

function none(problem: string): CurrentOperation {
  return { operation: null, type: null, problem };
}
