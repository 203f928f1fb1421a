"""What related rows resolve to."""

from typing import Any

from dataloaders.rows import Rows
from dataloaders.tallies import Tallies
from models.relations import Many, One
from resolvers.context import Context


async def one_related(context: Context, relation: One, parent: Any) -> Any:
    """The row that a parent's column points at."""
    id = getattr(parent, relation.key)
    return None if id is None else await context.loaders.get(Rows, relation.table).load(id)


async def tally(context: Context, relation: Many, column: str, parent: Any) -> dict[Any, int]:
    """A parent's children counted by a column."""
    return await context.loaders.get(Tallies, (relation, column)).load(parent.id)
