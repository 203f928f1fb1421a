"""Loaders of related rows by parent: a page, the number of children and their number by the value of a column."""

from typing import Any
from uuid import UUID

from dataloaders.base import Loader, ValuesByKey
from models.relations import HasMany, ToMany
from queries.aggregates import select_group_counts
from queries.lists import PageQuery, select_child_counts, select_child_pages
from queries.page import FetchedRows


class ChildPageLoader(Loader[FetchedRows]):
    """Loads the rows of the same page of each parent's children."""

    spec: tuple[ToMany, PageQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[FetchedRows]:
        relation, query = self.spec
        statement = select_child_pages(relation, query, self.reader.dialect, self.projection)
        rows = await self.fetch_rows(statement, keys=keys)
        self.row_count += len(rows)
        children: ValuesByKey[Any] = {key.bytes: [] for key in keys}
        if self.reader.dialect == "postgresql":
            lists = list(children.values())
            for row in rows:
                lists[row[0] - 1].append(row)
        else:
            for row in rows:
                children[row[0].bytes].append(row)
        return children


class ChildCountLoader(Loader[int]):
    """Loads the number of each parent's children."""

    spec: tuple[ToMany, PageQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[int]:
        relation, query = self.spec
        rows = await self.fetch_rows(select_child_counts(relation, query), keys=keys)
        return {row.parent_key.bytes: row.total for row in rows}

    def default_value(self) -> int:
        return 0


class GroupCountsLoader(Loader[dict[Any, int]]):
    """Loads the number of each parent's children by the value of a column, such as a project's tasks by status."""

    spec: tuple[HasMany, str]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[dict[Any, int]]:
        relation, column = self.spec
        counts: ValuesByKey[dict[Any, int]] = {}
        for row in await self.fetch_rows(select_group_counts(relation, column), keys=keys):
            counts.setdefault(row.parent_key.bytes, {})[row.group_value] = row.total
        return counts

    def default_value(self) -> dict[Any, int]:
        return {}
