"""How many children of each kind a parent has, such as a project's tasks by status."""

from typing import Any
from uuid import UUID

from dataloaders.base import Found, Loader
from models.relations import Many
from queries.tallies import tallied_for


class Tallies(Loader[dict[Any, int]]):
    """The parent's children counted by a column."""

    about: tuple[Many, str]

    async def fetch(self, keys: list[UUID]) -> Found[dict[Any, int]]:
        relation, column = self.about
        found: Found[dict[Any, int]] = {}
        for row in await self.rows(tallied_for(relation, column), keys=keys):
            found.setdefault(row.parent_key.bytes, {})[row.kind] = row.total
        return found

    def missing(self) -> dict[Any, int]:
        return {}
