import { useCallback, useEffect, useRef, useState } from 'react';
import { execute } from '../session/request';

/** A document that is registered on the server. */
export interface PersistedDocument {
  documentId: string;
  text: string;
  createdAt: string;
}

interface Page {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: PersistedDocument[];
}

const QUERY = `query ConsoleDocuments($after: String, $where: PersistedDocumentWhere) {
  persistedDocuments(first: 20, after: $after, where: $where) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { documentId text createdAt }
  }
}`;
const NONE = {
  documents: [] as PersistedDocument[],
  total: 0,
  problem: null as string | null,
  next: null as string | null,
};

/** The documents that contain a text, page by page. */
export function usePersistedDocuments(text: string) {
  const [state, setState] = useState(NONE);
  const [isLoading, setLoading] = useState(true);
  const newest = useRef(0); // a search ignores the responses to earlier ones
  const load = useCallback(
    async (after: string | null) => {
      newest.current += 1;
      const number = newest.current;
      setLoading(true);
      const page = await loadPage(text, after).catch((error: Error) => error.message);
      if (number !== newest.current) return;
      setLoading(false);
      setState(state =>
        typeof page === 'string' ? { ...state, problem: page } : appendPage(after ? state : NONE, page),
      );
    },
    [text],
  );
  useEffect(() => void load(null), [load]);
  const { documents, total, problem, next } = state;
  return { documents, total, problem, isLoading, hasMore: next !== null, loadMore: () => void load(next) };
}

async function loadPage(text: string, after: string | null): Promise<Page> {
  const where = text ? { text: { contains: text } } : null;
  const variables = { ...(after && { after }), ...(where && { where }) };
  const { body } = await execute<{ persistedDocuments: Page | null }>({ query: QUERY, variables });
  if (body.data?.persistedDocuments) return body.data.persistedDocuments;
  throw new Error(body.errors?.[0]?.message ?? 'The server gave no reason.');
}

function appendPage(state: typeof NONE, { nodes, totalCount, pageInfo }: Page): typeof NONE {
  const next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  return { documents: [...state.documents, ...nodes], total: totalCount, problem: null, next };
}
