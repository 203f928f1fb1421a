"""What related rows resolve to, for many parents at once."""

from collections.abc import Sequence
from typing import Any

from dataloaders.rows import Rows
from dataloaders.tallies import Tallies
from models.relations import Many, One
from queries.lists import Columns
from resolvers.context import Context


async def one_related(context: Context, relation: One, parents: Sequence[Any], wanted: Columns = None) -> Sequence[Any]:
    """The rows that the parents' columns point at; None where one points at nothing."""
    ids = [getattr(parent, relation.key) for parent in parents]
    there = [id for id in ids if id is not None]
    if not there:
        return ids
    rows = iter(await context.loaders.get(Rows, relation.table, wanted).load_all(there))
    return [None if id is None else next(rows) for id in ids]


async def tally(context: Context, relation: Many, column: str, parents: Sequence[Any]) -> Sequence[dict[Any, int]]:
    """The parents' children counted by a column."""
    return await context.loaders.get(Tallies, (relation, column)).load_all([parent.id for parent in parents])
