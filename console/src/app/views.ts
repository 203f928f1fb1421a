import type { ComponentType } from 'react';
import type { ServerInfo } from '../server/serverInfo';
import type { Session } from '../session/session';

/** A view of the console, beside the query view. It is loaded when it is opened. */
export interface ViewEntry {
  /** The first segment of the hash: `#/data`. */
  segment: string;
  title: string;
  load: () => Promise<{ default: ComponentType }>;
  /** Whether the server has what the view shows; absent: always. */
  isAvailable?: (server: ServerInfo | null) => boolean;
  /** Whether the bar lists it for this user; absent: always. */
  isListed?: (session: Session | null) => boolean;
}

/** The views in the order of the bar. */
export const VIEWS: ViewEntry[] = [
  { segment: 'data', title: 'Data', load: () => import('../data/DataBrowser') },
  {
    segment: 'account',
    title: 'Account',
    load: () => import('../account/AccountView'),
    isListed: session => session !== null,
  },
  {
    segment: 'documents',
    title: 'Documents',
    load: () => import('../documents/DocumentsView'),
    isListed: session => session?.user.isSuperuser ?? false,
  },
  {
    segment: 'inbox',
    title: 'Inbox',
    load: () => import('../pages/Inbox'),
    isAvailable: server => server?.inbox ?? false,
  },
];
