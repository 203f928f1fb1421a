"""A page of a whole table and its length. Their one key is no key: they are loaders so that siblings share the work."""

from uuid import UUID

from dataloaders.base import Loader
from models.relations import model_of
from queries.lists import Ask, counted, listed
from queries.page import Page, page_of


class Listed(Loader[Page]):
    """The page asked for."""

    about: tuple[str, Ask]

    async def fetch(self, keys: list[UUID]) -> dict[UUID, Page]:
        table, ask = self.about
        page = page_of(ask, await self.reader.rows(listed(model_of(table), ask, self.columns)))
        return dict.fromkeys(keys, page)


class Counted(Loader[int]):
    """How many rows the whole list has."""

    about: tuple[str, Ask]

    async def fetch(self, keys: list[UUID]) -> dict[UUID, int]:
        table, ask = self.about
        ((total,),) = await self.reader.rows(counted(model_of(table), ask))
        return dict.fromkeys(keys, total)
