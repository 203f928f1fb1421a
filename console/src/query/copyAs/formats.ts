import { toCurl } from './curl';
import { toApollo, toFetch, toUrql } from './javascript';
import { toPython } from './python';
import { toSnippetRequest } from './request';
import type { SnippetRequest } from './types';

/** A format in which an operation can be copied. */
export interface SnippetFormat {
  name: string;
  write: (request: SnippetRequest) => string;
  /** Whether it can be used for subscriptions. */
  streams?: boolean;
}

/** The formats, in the order of the menu. */
export const FORMATS: SnippetFormat[] = [
  { name: 'cURL', write: toCurl, streams: true },
  { name: 'fetch', write: toFetch },
  { name: 'urql', write: toUrql },
  { name: 'Apollo', write: toApollo },
  { name: 'Python', write: toPython },
];

/** Write an operation as a snippet that contains no secret. */
export function writeSnippet(format: SnippetFormat, request: SnippetRequest): string {
  return format.write(toSnippetRequest(request));
}
