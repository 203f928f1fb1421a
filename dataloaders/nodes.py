"""A row by its id, which knows its type: what `node` answers may be of any."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from dataloaders.base import Found, Loader
from models.relations import model_of
from queries.lists import typed_by_id


class Nodes(Loader[Row[Any] | None]):
    """The visible row with this id, with its type's name as `type_name`."""

    about: str  # the table

    async def fetch(self, keys: list[UUID]) -> Found[Row[Any] | None]:
        rows = await self.rows(typed_by_id(model_of(self.about)), keys=keys)
        return {row.id.bytes: row for row in rows}
