/** A normalized cache that appends the pages of a list, and forgets them when an object is added. */

import type { Exchange } from "@urql/core";
import { type Cache, cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";

const withoutId = () => null;

export function pagingCache(): Exchange {
  return cacheExchange({
    // Types without an id, which are stored in the object that contains them.
    keys: { CreateTaskPayload: withoutId, UpdateTaskPayload: withoutId, UserError: withoutId, UserErrorParams: withoutId },
    resolvers: { Query: { tasks: relayPagination() } },
    updates: { Mutation: { createTask: (_result, _arguments, cache) => forgetTasks(cache) } },
  });
}

/** Where a new object belongs depends on filter and order, so the lists are loaded again. */
function forgetTasks(cache: Cache): void {
  for (const { fieldName, arguments: variables } of cache.inspectFields("Query"))
    if (fieldName === "tasks") cache.invalidate("Query", fieldName, variables);
}
