import { useState } from 'react';
import type { GraphQLError, UserError } from '../session/request';
import type { Row } from './describe/changes';
import type { Mutation } from './describe/mutations';
import type { Noun } from './describe/nouns';
import { mutationOperation } from './describe/operations';
import { send } from './useOperation';

/** The outcome of a mutation: the object and the other values of the payload, or what was wrong. */
export interface MutationResult {
  object: Row | null;
  values: Row;
  userErrors: UserError[];
  errors: GraphQLError[];
}

type Sent = Parameters<typeof mutationOperation>[2];

/** The function that sends a mutation, and whether it is under way. */
export function useMutation(mutation: Mutation, noun: Noun) {
  const [isBusy, setBusy] = useState(false);
  const run = async (sent: Sent): Promise<MutationResult> => {
    setBusy(true);
    const { data, errors } = await send<Record<string, Row | null>>(mutationOperation(mutation, noun, sent));
    setBusy(false);
    return readResult(mutation, data?.[mutation.name] ?? null, errors);
  };
  return { run, isBusy };
}

/** Read the payload of a mutation. */
export function readResult(mutation: Mutation, payload: Row | null, errors: GraphQLError[]): MutationResult {
  const { object, values } = mutation.payload;
  return {
    object: object ? ((payload?.[object] ?? null) as Row | null) : null,
    values: Object.fromEntries(values.map(name => [name, payload?.[name] ?? null])),
    userErrors: (payload?.userErrors ?? []) as UserError[],
    errors,
  };
}

/** Whether nothing was refused. */
export function isSuccess({ userErrors, errors }: MutationResult): boolean {
  return userErrors.length === 0 && errors.length === 0;
}

/** The messages of user errors by field, and those that belong to no field of the form. */
export function assignErrors(userErrors: readonly UserError[], fields: readonly string[]) {
  const byField: Record<string, string> = {};
  const others: GraphQLError[] = [];
  for (const { field, message } of userErrors) {
    const name = field.find(part => part !== 'input');
    if (name === undefined || !fields.includes(name)) others.push({ message });
    else byField[name] = byField[name] ? `${byField[name]} ${message}` : message;
  }
  return { byField, others };
}
