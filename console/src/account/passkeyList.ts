import { useCallback, useEffect, useState } from 'react';
import { sendConfirmed } from '../session/confirmation';
import { type Failure, readFailure } from '../session/operations';
import { execute } from '../session/request';

/** A passkey of the signed-in user. */
export interface Passkey {
  id: string;
  name: string;
  isBackedUp: boolean;
  createdAt: string;
  lastUsedAt: string | null;
}

const LIST = `query ConsolePasskeys {
  viewer { passkeys(first: 100, orderBy: [{ field: ID, direction: ASC }]) {
    nodes { id name isBackedUp createdAt lastUsedAt }
  } }
}`;
const RENAME = `mutation ConsoleRenamePasskey($id: ID!, $name: String!) {
  payload: updatePasskey(id: $id, input: { name: $name }) { passkey { id } userErrors { code message } }
}`;
const REMOVE = `mutation ConsoleRemovePasskey($id: ID!) {
  payload: deletePasskey(id: $id) { deletedId userErrors { code message } }
}`;

interface ListData {
  viewer: { passkeys: { nodes: Passkey[] } | null } | null;
}

interface ChangeData {
  payload: {
    passkey?: { id: string } | null;
    deletedId?: string | null;
    userErrors: { code: string; message: string }[];
  } | null;
}

/** The passkeys of the signed-in user; null until they are loaded. */
export function usePasskeys() {
  const [passkeys, setPasskeys] = useState<Passkey[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const reload = useCallback(async () => {
    try {
      const { body } = await execute<ListData>({ query: LIST });
      setProblem(body.errors?.[0]?.message ?? null);
      setPasskeys(body.data?.viewer?.passkeys?.nodes ?? []);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }, []);
  useEffect(() => void reload(), [reload]);
  return { passkeys, problem, reload };
}

/** Rename a passkey. Returns null on success, or else why it failed. */
export function renamePasskey(id: string, name: string): Promise<Failure | null> {
  return change(RENAME, { id, name });
}

/** Remove a passkey, after the user has confirmed who they are. */
export function removePasskey(id: string): Promise<Failure | null> {
  return change(REMOVE, { id });
}

async function change(query: string, variables: Record<string, string>): Promise<Failure | null> {
  const { body } = await sendConfirmed(() => execute<ChangeData>({ query, variables }));
  return body.data?.payload?.passkey || body.data?.payload?.deletedId ? null : readFailure(body);
}
