/** The `pageInfo` of a connection. */
export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

interface Props {
  name: string;
  pageInfo: PageInfo;
  onPage: (page: { after: string } | { before: string }) => void;
}

/** Buttons for the pages before and after the current one. */
export function Pager({ name, pageInfo, onPage }: Props) {
  const { hasPreviousPage, hasNextPage, startCursor, endCursor } = pageInfo;
  if (!hasPreviousPage && !hasNextPage) return null;
  return (
    <nav className="pager" aria-label={`Pages of ${name}`}>
      <button
        type="button"
        disabled={!hasPreviousPage || startCursor === null}
        onClick={() => startCursor !== null && onPage({ before: startCursor })}
      >
        Previous page
      </button>
      <button
        type="button"
        disabled={!hasNextPage || endCursor === null}
        onClick={() => endCursor !== null && onPage({ after: endCursor })}
      >
        Next page
      </button>
    </nav>
  );
}
