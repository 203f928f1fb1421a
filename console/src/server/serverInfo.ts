import { onReconnect } from './connection';
import { createStore, useStore } from './store';
import { consoleUrl } from './urls';

/** A user of the demo data, whose password everyone may know. */
export interface DemoUser {
  label: string;
  name: string;
  email: string;
  password: string;
  tenant: string | null;
}

/** An issuer that the console signs people in with, as a public client. */
export interface IssuerClient {
  issuer: string;
  name: string;
  clientId: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
}

/** What the server says about itself at `/graphql/console/server.json`. */
export interface ServerInfo {
  name: string;
  /** Null where the server does not disclose its schema. */
  version: string | null;
  schemaHash: string | null;
  environment: 'development' | 'production';
  demo: { tenants: { slug: string; name: string }[]; users: DemoUser[] } | null;
  inbox: boolean;
  /** Whether this server, and no other front end, has the pages that links in emails open. */
  pages: boolean;
  issuers: IssuerClient[];
  /** Whether passkeys can be used. */
  passkeys: boolean;
  trace: 'everyone' | 'superusers';
}

const info = createStore<ServerInfo | null>(null);
let isLoading = false;

/** The server's description of itself; null until it is loaded, and if the server provides none. */
export function useServerInfo(): ServerInfo | null {
  return useStore(info);
}

/** The description, outside of components. */
export function serverInfo(): ServerInfo | null {
  return info.get();
}

/** Load the description. It is loaded again after the server or the page was out of reach: it may be another version. */
export function loadServerInfo(): void {
  void load();
  onReconnect(() => void load());
  document.addEventListener('visibilitychange', () => document.hidden || void load());
}

async function load(): Promise<void> {
  if (isLoading) return;
  isLoading = true;
  try {
    const response = await fetch(consoleUrl('server.json'));
    if (response.ok) info.set((await response.json()) as ServerInfo);
  } catch {
    // the console works without it
  } finally {
    isLoading = false;
  }
}
