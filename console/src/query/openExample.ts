import { accessToken } from '../session/refresh';
import { execute } from '../session/request';
import { openSignIn } from '../session/signInRequest';
import type { Example } from './collections';
import { openOperation } from './document';
import { fillIn } from './fill';

const REASON = 'The variables of this example are ids of your tenant. They are filled in as soon as you are signed in.';

/** Open an example in the editor, with the values that its variables need. */
export async function openExample({ query, variables, fill }: Example): Promise<void> {
  if (!variables) return openOperation({ query });
  const values: unknown = JSON.parse(variables);
  const filled = fill && (await canFill()) ? fillIn(values, await requestValues(fill)) : values;
  openOperation({ query, variables: JSON.stringify(filled, null, 2) });
}

async function canFill(): Promise<boolean> {
  return accessToken() !== null || openSignIn(REASON);
}

async function requestValues(query: string): Promise<unknown> {
  try {
    return (await execute({ query })).body.data;
  } catch {
    return null; // offline: the placeholders stay
  }
}
