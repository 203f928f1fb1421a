"""Rows by global id."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from dataloaders.rows import DeletedRowLoader, NodeLoader, RowLoader
from models.ids import parse_id
from queries.lists import Projection
from resolvers.context import Context
from services.core.access import Access, is_allowed
from services.core.errors import BadInput

MAX_NODES = 100


async def load_row(context: Context, table: str, id: str, projection: Projection = None) -> Any:
    """Load the row with this id, or None if it does not exist or is not visible."""
    (row,) = await context.loaders.get(RowLoader, table, projection).load_batch([parse_id(table, id)])
    return row


def load_row_or_deleted(
    context: Context, table: str, id: str, projection: Projection, *, include_deleted: bool
) -> Awaitable[Any]:
    """Load the row with this id; for admins who ask for it, also if it is deleted."""
    if not include_deleted:
        return load_row(context, table, id, projection)
    context.require_deleted_access()
    return context.loaders.get(DeletedRowLoader, table, projection).load(parse_id(table, id))


async def load_node(context: Context, tables: Mapping[str, Access], id: str) -> Any:
    """Load the row with this id from the table that its prefix names, if the principal has access to that table."""
    table = id.rpartition("_")[0]
    if table not in tables or not is_allowed(await context.reader.principal(), tables[table]):
        return None
    return await context.loaders.get(NodeLoader, table).load(parse_id(table, id))


def check_id_count(ids: Sequence[str]) -> None:
    """Raise BadInput for more than MAX_NODES ids."""
    if len(ids) > MAX_NODES:
        raise BadInput(f"`ids` takes at most {MAX_NODES} ids.")
