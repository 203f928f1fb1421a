import type { Operation } from '../../server/types';

/** What a snippet sends. It contains no secrets. */
export interface SnippetRequest {
  url: string;
  operation: Operation;
  type: 'query' | 'mutation' | 'subscription';
  /** The headers besides those of content type and authorization. */
  headers: Record<string, string>;
  /** Whether it is sent with an access token, which the snippet reads from the environment. */
  hasToken: boolean;
}

/** The environment variable of which snippets read the token. */
export const TOKEN_VARIABLE = 'ALLOTMENT_TOKEN';

/** The note above the snippet about where the token comes from. */
export const TOKEN_NOTE = `Set ${TOKEN_VARIABLE} to an access token or an API key.`;
