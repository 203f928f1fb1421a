import { type ReactNode, useState } from "react";

interface Props {
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  /** Renders the page after a cursor. */
  children: (after: string) => ReactNode;
}

/** A button that shows the next page below this one. */
export function NextPage({ pageInfo, children }: Props) {
  const [isShown, setShown] = useState(false);
  if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return null;
  if (isShown) return children(pageInfo.endCursor);
  return (
    <button type="button" onClick={() => setShown(true)}>
      Show more
    </button>
  );
}
