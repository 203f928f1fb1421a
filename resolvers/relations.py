"""Related rows of many parents at once."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from dataloaders.children import ChildPageLoader, GroupCountsLoader
from dataloaders.rows import RowLoader
from models.relations import BelongsTo, HasMany, HasOne
from queries.lists import PageQuery, Projection
from resolvers.context import Context


async def load_related(
    context: Context, relation: BelongsTo, parents: Sequence[Any], projection: Projection = None
) -> Sequence[Any]:
    """Load the row that each parent's foreign key references; None where the key is null."""
    ids = list(map(attrgetter(relation.fk), parents))
    loader = context.loaders.get(RowLoader, relation.table, projection)
    if all(ids):  # only None is false; comparing ids to None is slower
        return await loader.load_batch(ids)
    present_ids = [id for id in ids if id is not None]
    rows = iter(await loader.load_batch(present_ids) if present_ids else ())
    return [None if id is None else next(rows) for id in ids]


async def load_owned(
    context: Context, relation: HasOne, parents: Sequence[Any], projection: Projection = None
) -> Sequence[Any]:
    """Load the row whose foreign key references each parent; None if there is none."""
    loader = context.loaders.get(ChildPageLoader, (relation, PageQuery(size=1)), projection)
    lists = await loader.load_batch([parent.id for parent in parents])
    return [next(iter(rows), None) for rows in lists]


async def load_group_counts(
    context: Context, relation: HasMany, column: str, parents: Sequence[Any]
) -> Sequence[dict[Any, int]]:
    """Load the number of each parent's children by the value of a column."""
    loader = context.loaders.get(GroupCountsLoader, (relation, column))
    return await loader.load_batch([parent.id for parent in parents])
