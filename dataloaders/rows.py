"""Loaders of single rows: by id, or the one row of the current tenant."""

from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from dataloaders.base import Loader, ValuesByKey
from models.relations import get_model
from queries.impersonators import select_impersonators
from queries.lists import select_by_id, select_by_id_or_deleted, select_by_id_with_type, select_current_tenant_rows

_get_id_bytes = attrgetter("id.bytes")


class RowLoader(Loader[Row[Any] | None]):
    """Loads the visible row of a table with this id, or None."""

    spec: str  # the name of the table

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Row[Any] | None]:
        rows = await self.fetch_rows(select_by_id(get_model(self.spec), self.projection), keys=keys)
        return dict(zip(map(_get_id_bytes, rows), rows, strict=True))


class CurrentApiKeyLoader(RowLoader):
    """Loads the API key of the request, also if its scopes do not include reading API keys."""

    async def check_scopes(self) -> None:
        """Each key may read what it may do."""


class ImpersonatorNameLoader(Loader[str | None]):
    """Loads the name of the superuser with this id, whom a visible row names."""

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[str | None]:
        rows = await self.fetch_rows(select_impersonators(), keys=keys)
        return {row.id.bytes: row.full_name for row in rows}


class DeletedRowLoader(RowLoader):
    """Loads the row of a table with this id, deleted or not, for admins."""

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Row[Any] | None]:
        rows = await self.fetch_rows(select_by_id_or_deleted(get_model(self.spec), self.projection), keys=keys)
        return dict(zip(map(_get_id_bytes, rows), rows, strict=True))


class NodeLoader(Loader[Row[Any] | None]):
    """Loads the visible row with this id, with the name of its type as `type_name`, for the `node` field."""

    spec: str  # the name of the table

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Row[Any] | None]:
        rows = await self.fetch_rows(select_by_id_with_type(get_model(self.spec)), keys=keys)
        return {row.id.bytes: row for row in rows}


class CurrentTenantLoader(Loader[Row[Any] | None]):
    """Loads the table's first row of the current tenant, or None. The key is a dummy."""

    spec: str  # the name of the table

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Row[Any] | None]:
        rows = await self.fetch_rows(select_current_tenant_rows(get_model(self.spec)))
        return {key.bytes: rows[0] if rows else None for key in keys}
