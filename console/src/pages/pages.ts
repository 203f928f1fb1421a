import type { ComponentType } from 'react';

/** The pages outside the console that links in e-mails open, by the last segment of the address. */
export const PAGES: Record<string, () => Promise<{ default: ComponentType }>> = {};

/** The page for the path of an address; undefined if that is the console's. */
export function pageFor(pathname: string): (() => Promise<{ default: ComponentType }>) | undefined {
  const name = pathname.split('/').filter(Boolean).at(-1) ?? '';
  return Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
}
