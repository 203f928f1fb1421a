"""Rows by a unique value."""

import datetime
from collections.abc import Awaitable
from typing import Any

from dataloaders.lists import PageLoader
from inputs.keys import Key
from models.ids import NIL_UUID, parse_id, public_id
from models.relations import get_model
from queries.filters import Compare, Condition, Or
from queries.lists import PageQuery, Projection
from resolvers.context import Context
from resolvers.node import load_row_or_deleted
from resolvers.past import load_past_row
from services.core.errors import BadInput
from services.core.validation import check_values


def require_one_key(id: Any, by: Key | None) -> Key:
    """Return the key that the client passed as `id` or as `by`. Raise BadInput unless it passed exactly one."""
    if (id is None) is (by is None):
        raise BadInput("Pass exactly one of `id`, `by`.")
    return by or Key("id", id)


def load_row_by_key(
    context: Context, table: str, key: Key, projection: Projection, *, include_deleted: bool
) -> Awaitable[Any]:
    """Load the row with this key; for admins who ask for it, also if it is deleted."""
    if key.column == "id":
        return load_row_or_deleted(context, table, key.value, projection, include_deleted=include_deleted)
    return _load_row_by_value(context, table, key, projection, include_deleted=include_deleted)


async def _load_row_by_value(
    context: Context, table: str, key: Key, projection: Projection, *, include_deleted: bool
) -> Any:
    if include_deleted:
        context.require_deleted_access()
    query = PageQuery(_has_key(table, key), size=1, include_deleted=include_deleted)
    rows = await context.loaders.get(PageLoader, (table, query), projection).load(NIL_UUID)
    return next(iter(rows), None)


async def load_own_or_any_by_key(context: Context, table: str, key: Key) -> Any:
    """Load the visible row of a table with this key, which need not belong to the current tenant; for superusers, any
    row of the server."""
    principal = await context.reader.principal()
    if key.column == "id":
        key = Key("id", parse_id(table, key.value))
    query = PageQuery(_has_key(table, key), size=1, server_wide=principal.is_superuser)
    rows = await context.loaders.get(PageLoader, (table, query)).load(NIL_UUID)
    return next(iter(rows), None)


def _has_key(table: str, key: Key) -> Condition:
    """The condition for the row with this key: none has an invalid value."""
    values, _ = check_values(get_model(table), {key.column: key.value})
    return Compare(key.column, "eq", values[key.column]) if values else Or(())


async def load_past_row_by_key(context: Context, table: str, key: Key, as_of: datetime.datetime) -> Any:
    """Load an object as it was at this time, by the value that it has now."""
    if key.column == "id":
        return await load_past_row(context, table, key.value, as_of)
    row = await load_row_by_key(context, table, key, None, include_deleted=False)
    return None if row is None else await load_past_row(context, table, public_id(table, row.id), as_of)
