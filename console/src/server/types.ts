/** A GraphQL operation, as it is sent to the server. */
export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** Options of one request. A header given here replaces the one of the session. */
export interface RequestOptions {
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether cookies are sent; by default those of this origin are. */
  credentials?: RequestCredentials;
  /** The URL to send to; by default that of the GraphQL endpoint. */
  endpoint?: string;
}

/** An error of a GraphQL response. */
export interface GraphQLError {
  message: string;
  path?: (string | number)[];
  locations?: { line: number; column: number }[];
  extensions?: { code?: string } & Record<string, unknown>;
}

/** An entry of `userErrors`. */
export interface UserError {
  code: string;
  field: string[];
  message: string;
}

/** The `extensions` of a GraphQL response. */
export type Extensions = Record<string, unknown>;

/** The body of a GraphQL response. */
export interface Body<Data> {
  data?: Data | null;
  errors?: GraphQLError[];
  extensions?: Extensions;
}

/** The response of the server to an operation; `bytes` is the size of the body before compression. */
export interface Outcome<Data = unknown> {
  status: number;
  headers: Headers;
  bytes: number;
  durationMs: number;
  body: Body<Data>;
}

/** The request did not reach the server, or its response did not arrive. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
}

/** Whether the server refused the request because it has no valid access token. */
export function isUnauthenticated(body: Body<unknown>): boolean {
  return body.errors?.some(error => error.extensions?.code === 'UNAUTHENTICATED') ?? false;
}
