"""The same page of a related list for every parent, and how long each whole list is."""

from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from dataloaders.base import Loader
from models.relations import Linked, Many
from queries.lists import Ask, counted_for, listed_for
from queries.page import Page, page_of


class Pages(Loader[Page]):
    """The page of children of this parent."""

    about: tuple[Many | Linked, Ask]

    async def fetch(self, keys: list[UUID]) -> dict[UUID, Page]:
        relation, ask = self.about
        rows = await self.rows(listed_for(relation, ask, self.reader.dialect, self.columns), keys=keys)
        return {key: page_of(ask, list(group)) for key, group in groupby(rows, attrgetter("parent_key"))}

    def missing(self) -> Any:
        return page_of(self.about[1], [])


class Counts(Loader[int]):
    """How many children this parent has."""

    about: tuple[Many | Linked, Ask]

    async def fetch(self, keys: list[UUID]) -> dict[UUID, int]:
        relation, ask = self.about
        rows = await self.rows(counted_for(relation, ask), keys=keys)
        return {row.parent_key: row.total for row in rows}

    def missing(self) -> int:
        return 0
