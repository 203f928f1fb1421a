"""A page of a whole table, its length and its sums. Their one key is no key: they are loaders so that siblings share
the work."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from dataloaders.base import Found, Loader
from models.relations import model_of
from queries.lists import Ask, counted, listed
from queries.page import Page, page_of
from queries.tallies import summed


class Listed(Loader[Page]):
    """The page asked for."""

    about: tuple[str, Ask]

    async def fetch(self, keys: list[UUID]) -> Found[Page]:
        table, ask = self.about
        page = page_of(ask, await self.rows(listed(model_of(table), ask, self.columns)))
        return {key.bytes: page for key in keys}


class Counted(Loader[int]):
    """How many rows the whole list has."""

    about: tuple[str, Ask]

    async def fetch(self, keys: list[UUID]) -> Found[int]:
        table, ask = self.about
        ((total,),) = await self.rows(counted(model_of(table), ask))
        return {key.bytes: total for key in keys}


class Summed(Loader[dict[Any, Row[Any]]]):
    """By each value of a column: how many rows of the table have it, and the sum of their amounts."""

    about: tuple[str, str, str, Ask]

    async def fetch(self, keys: list[UUID]) -> Found[dict[Any, Row[Any]]]:
        rows = await self.rows(summed(*self.about))
        found = {row.kind: row for row in rows}
        return {key.bytes: found for key in keys}
