import type { Operation } from '../server/types';
import { redactOperation } from './secrets';

/** The longest link that browsers, servers and proxies accept alike. */
export const MAX_LINK_LENGTH = 8_000;

/** A link that opens an operation, or why there is none. It contains no header, and no secret: others may see it. */
export function linkTo(
  operation: Operation,
  page: string,
): { link: string; problem: null } | { link: null; problem: string } {
  const { query, variables = {}, operationName } = redactOperation(operation);
  const url = new URL(page);
  url.hash = '';
  url.search = '';
  url.searchParams.set('query', query);
  if (Object.keys(variables).length) url.searchParams.set('variables', JSON.stringify(variables));
  if (operationName) url.searchParams.set('operationName', operationName);
  if (url.href.length <= MAX_LINK_LENGTH) return { link: url.href, problem: null };
  const length = url.href.length.toLocaleString('en-US');
  const limit = MAX_LINK_LENGTH.toLocaleString('en-US');
  return { link: null, problem: `The link would have ${length} characters; at most ${limit} work everywhere.` };
}

/** Whether the link has placeholders instead of secrets. */
export function isRedacted(operation: Operation): boolean {
  return JSON.stringify(redactOperation(operation)) !== JSON.stringify(operation);
}
