/** A normalized cache that appends the pages of a list. */

import { InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

export function pagingCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      // Lists with other filters or orders are other lists.
      Query: { fields: { tasks: relayStylePagination(["where", "orderBy"]) } },
    },
  });
}
