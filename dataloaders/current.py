"""What there is one of in the current tenant: the tenant itself. Its one key is no key, as in dataloaders/lists.py."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from dataloaders.base import Found, Loader
from models.relations import model_of
from queries.lists import here


class Current(Loader[Row[Any] | None]):
    """The current tenant; nothing where there is none."""

    about: str  # the table

    async def fetch(self, keys: list[UUID]) -> Found[Row[Any] | None]:
        found = await self.rows(here(model_of(self.about)))
        return {key.bytes: found[0] if found else None for key in keys}
