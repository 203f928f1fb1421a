"""The same page of a related list for every parent, and how long each whole list is."""

from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from dataloaders.base import Found, Loader
from models.relations import Linked, Many
from queries.lists import Ask, counted_for, listed_for
from queries.page import Page, page_of


class Pages(Loader[Page]):
    """The page of children of this parent."""

    about: tuple[Many | Linked, Ask]

    async def fetch(self, keys: list[UUID]) -> Found[Page]:
        relation, ask = self.about
        rows = await self.rows(listed_for(relation, ask, self.reader.dialect, self.columns), keys=keys)
        pages = [(whose, page_of(ask, list(group))) for whose, group in groupby(rows, itemgetter(0))]
        return {(keys[whose - 1] if type(whose) is int else whose).bytes: page for whose, page in pages}

    def missing(self) -> Any:
        return page_of(self.about[1], [])


class Counts(Loader[int]):
    """How many children this parent has."""

    about: tuple[Many | Linked, Ask]

    async def fetch(self, keys: list[UUID]) -> Found[int]:
        relation, ask = self.about
        rows = await self.rows(counted_for(relation, ask), keys=keys)
        return {row.parent_key.bytes: row.total for row in rows}

    def missing(self) -> int:
        return 0
