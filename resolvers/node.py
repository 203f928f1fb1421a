"""Objects by their ids."""

from collections.abc import Mapping, Sequence
from typing import Any

from dataloaders.nodes import Nodes
from dataloaders.rows import Rows
from models.ids import parse_id
from queries.lists import Columns
from resolvers.context import Context
from services.access import Access, is_allowed
from services.errors import BadInput

MOST_NODES = 100


async def row_of(context: Context, table: str, id: str, wanted: Columns = None) -> Any:
    """The visible row of a table with this id."""
    (row,) = await context.loaders.get(Rows, table, wanted).load_all([parse_id(table, id)])
    return row


async def node_of(context: Context, tables: Mapping[str, Access], id: str) -> Any:
    """The visible row with this id, of whichever of these tables its prefix names, if the caller may see them."""
    table = id.rpartition("_")[0]
    if table not in tables or not is_allowed(await context.reader.actor(), tables[table]):
        return None
    return await context.loaders.get(Nodes, table).load(parse_id(table, id))


def check_number(ids: Sequence[str]) -> None:
    """BadInput for more ids than one answer may hold."""
    if len(ids) > MOST_NODES:
        raise BadInput(f"`ids` may hold at most {MOST_NODES} ids.")
