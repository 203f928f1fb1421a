/** Sentences for errors that are not the user's: of the network, and top-level errors of the server. */

import type { CombinedError } from "@urql/core";

const UNREACHABLE = "The server cannot be reached. Check your connection and try again.";

export function describeFailure(error: CombinedError): string {
  const [first] = error.graphQLErrors;
  if (!first) return UNREACHABLE;
  const { code, retryAfter } = first.extensions;
  if (code === "RATE_LIMITED") return `Too many requests. Try again in ${retryAfter ?? "a few"} seconds.`;
  return first.message;
}

/** The sentence for what a session throws: an error of `fetch`, a response that is not JSON, or an error of the server. */
export function describeSessionFailure(error: unknown): string {
  const isUnreachable = error instanceof TypeError || error instanceof SyntaxError;
  return isUnreachable ? UNREACHABLE : (error as Error).message;
}
