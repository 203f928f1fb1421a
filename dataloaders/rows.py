"""A row by its id."""

from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from dataloaders.base import Found, Loader
from models.relations import model_of
from queries.lists import by_id

_mark = attrgetter("id.bytes")


class Rows(Loader[Row[Any] | None]):
    """The visible row of a table with this id; nothing where there is none."""

    about: str  # the table

    async def fetch(self, keys: list[UUID]) -> Found[Row[Any] | None]:
        rows = await self.rows(by_id(model_of(self.about), self.columns), keys=keys)
        return dict(zip(map(_mark, rows), rows, strict=True))
