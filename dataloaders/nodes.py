"""A row by its id, which knows its type: what `node` answers may be of any."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, literal

from dataloaders.base import Loader
from models.relations import model_of
from queries.lists import by_id


class Nodes(Loader[Row[Any] | None]):
    """The visible row with this id, with its type's name as `type_name`."""

    about: str  # the table

    async def fetch(self, keys: list[UUID]) -> dict[UUID, Row[Any] | None]:
        model = model_of(self.about)
        statement = by_id(model).add_columns(literal(model.__name__).label("type_name"))
        return {row.id: row for row in await self.reader.rows(statement, keys=keys)}
