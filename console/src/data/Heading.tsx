import { type ReactNode, useEffect, useRef } from 'react';

let isFirst = true;

/** The heading of a view. It gets the focus when the view is opened from another one, so that screen readers read it. */
export function Heading({ text }: { text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  );
}

/** The heading of a form that replaces buttons. It gets the focus, and the heading of the view gets it afterwards. */
export function PanelHeading({ children }: { children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    const view = heading.current?.closest('article')?.querySelector('h1');
    return () => {
      if (view?.isConnected) view.focus();
    };
  }, []);
  return (
    <h2 ref={heading} tabIndex={-1}>
      {children}
    </h2>
  );
}
