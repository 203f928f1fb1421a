"""Loaders of a whole table: a page, the number of rows and the sums of an amount.

The key is a dummy: these are loaders so that sibling fields share one statement.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from dataloaders.base import Loader, ValuesByKey
from models.relations import get_model
from queries.aggregates import select_group_sums
from queries.lists import PageQuery, select_count, select_page
from queries.page import FetchedRows


class PageLoader(Loader[FetchedRows]):
    """Loads the rows of a page of a table."""

    spec: tuple[str, PageQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[FetchedRows]:
        table, query = self.spec
        rows = await self.fetch_rows(select_page(get_model(table), query, self.projection))
        return {key.bytes: rows for key in keys}


class CountLoader(Loader[int]):
    """Loads the total number of rows of a list."""

    spec: tuple[str, PageQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[int]:
        table, query = self.spec
        ((total,),) = await self.fetch_rows(select_count(get_model(table), query))
        return {key.bytes: total for key in keys}


class GroupSumsLoader(Loader[dict[Any, Row[Any]]]):
    """Loads the number of rows and the sum of an amount, by the value of a column."""

    spec: tuple[str, str, str, PageQuery]

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[dict[Any, Row[Any]]]:
        rows = await self.fetch_rows(select_group_sums(*self.spec))
        rows_by_group = {row.group_value: row for row in rows}
        return {key.bytes: rows_by_group for key in keys}
