import type { ReactNode } from 'react';

interface Props {
  /** The path of the view: `/data/tasks`. */
  path: string;
  children: ReactNode;
  isCurrent?: boolean;
  className?: string;
}

/** A link to a view of the console. It names the page, because the page's `<base>` is another folder. */
export function ViewLink({ path, children, isCurrent, className }: Props) {
  return (
    <a
      href={`${location.pathname}${location.search}#${path}`}
      aria-current={isCurrent ? 'page' : undefined}
      className={className}
    >
      {children}
    </a>
  );
}
