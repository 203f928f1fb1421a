"""What related rows resolve to, for many parents at once."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from dataloaders.rows import Rows
from dataloaders.tallies import Tallies
from models.relations import Many, One
from queries.lists import Columns
from resolvers.context import Context


async def one_related(context: Context, relation: One, parents: Sequence[Any], wanted: Columns = None) -> Sequence[Any]:
    """The rows that the parents' columns point at; None where one points at nothing."""
    ids = list(map(attrgetter(relation.key), parents))
    loader = context.loaders.get(Rows, relation.table, wanted)
    if all(ids):  # None is the only one that is not true; to compare ids takes longer
        return await loader.load_all(ids)
    there = [id for id in ids if id is not None]
    rows = iter(await loader.load_all(there) if there else ())
    return [None if id is None else next(rows) for id in ids]


async def tally(context: Context, relation: Many, column: str, parents: Sequence[Any]) -> Sequence[dict[Any, int]]:
    """The parents' children counted by a column."""
    return await context.loaders.get(Tallies, (relation, column)).load_all([parent.id for parent in parents])
