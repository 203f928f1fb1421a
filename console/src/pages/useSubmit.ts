import { useState } from 'react';
import { execute, type Operation, type UserError } from '../session/request';

/** What the server answered: the payload, what is wrong with the input by field, or another error. */
export interface Answer<Payload> {
  payload: Payload | null;
  fields: Record<string, string>;
  codes: string[];
  error: string | null;
}

type Aliased<Payload> = { payload: (Payload & { userErrors: UserError[] }) | null };

/** The function that sends a mutation whose root field has the alias `payload`, and the last answer. */
export function useSubmit<Payload>() {
  const [answer, setAnswer] = useState<Answer<Payload> | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (operation: Operation): Promise<Answer<Payload>> => {
    setBusy(true);
    const next = await send<Payload>(operation);
    setBusy(false);
    setAnswer(next);
    return next;
  };
  return { answer, isBusy, submit };
}

async function send<Payload>(operation: Operation): Promise<Answer<Payload>> {
  try {
    const { body } = await execute<Aliased<Payload>>(operation);
    const payload = body.data?.payload ?? null;
    const userErrors = payload?.userErrors ?? [];
    const error = body.errors?.[0]?.message ?? (payload ? null : 'The server gave no reason.');
    const fields: Record<string, string> = {};
    for (const { field, message } of userErrors) {
      const name = field.at(-1) ?? '';
      fields[name] = fields[name] ? `${fields[name]} ${message}` : message;
    }
    return { payload: userErrors.length ? null : payload, fields, codes: userErrors.map(({ code }) => code), error };
  } catch (failure) {
    return {
      payload: null,
      fields: {},
      codes: [],
      error: failure instanceof Error ? failure.message : String(failure),
    };
  }
}

/** Whether the mutation succeeded. */
export function isDone(answer: Answer<unknown> | null): boolean {
  return answer !== null && answer.error === null && answer.codes.length === 0;
}
