"""The query of the change feed, and its cursors."""

from models.base import utc_now
from services.core.change_feed import Cursor


def first_cursor(tenant_id: str) -> str:
    """Return the cursor before all changes of a tenant."""
    return Cursor(int(tenant_id[-8:], 16), (1, 0, 0), utc_now()).encode()


CHANGES = """
query ($first: Int, $after: String, $types: [ChangedType!], $where: ChangeWhere) {
  changes(first: $first, after: $after, types: $types, where: $where) {
    newestCursor
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { cursor type objectId version action changedFields requestId createdAt object { __typename id } }
  }
}
"""
