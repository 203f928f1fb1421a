import type { ComponentType } from 'react';
import { startLinkToken } from './linkToken';

/** The pages outside the console that links in emails open, by the last segment of the address. */
export const PAGES: Record<string, () => Promise<{ default: ComponentType }>> = {
  'reset-password': () => import('./ResetPassword'),
  'verify-email': () => import('./VerifyEmail'),
  'accept-invitation': () => import('./AcceptInvitation'),
};

/** The page for the path of an address; undefined if that is the console's. Removes the token of a page's link at once. */
export function pageFor(pathname: string): (() => Promise<{ default: ComponentType }>) | undefined {
  const name = pathname.split('/').filter(Boolean).at(-1) ?? '';
  if (!Object.hasOwn(PAGES, name)) return undefined;
  startLinkToken();
  return PAGES[name];
}
