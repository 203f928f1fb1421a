"""The query of the change feed."""

CHANGES = """
query ($first: Int, $after: String, $types: [ChangedType!]) {
  changes(first: $first, after: $after, types: $types) {
    newestCursor
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { cursor type objectId version action changedFields requestId createdAt object { __typename id } }
  }
}
"""
