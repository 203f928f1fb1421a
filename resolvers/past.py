"""Objects as they were at a time in the past."""

import datetime
from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from database.authentication import MissingScope
from models.ids import parse_id
from models.relations import BelongsTo, get_model
from queries.table_domains import find_missing_scope
from resolvers.context import Context
from services.core.access import Access
from services.core.audit_values import is_audited
from services.core.errors import BadInput
from services.core.history import PastRow, check_audit_start, load_past_rows


async def load_past_row(context: Context, table: str, id: str, as_of: datetime.datetime) -> Any:
    """Load an object as it was at this time; None if it did not exist. Admins read the past, as they read the audit."""
    await context.require_access(Access.ADMIN)
    return await _load_checked(context, table, parse_id(table, id), as_of)


async def load_past_tenant(context: Context, as_of: datetime.datetime) -> Any:
    """Load the current tenant as it was at this time."""
    await context.require_access(Access.ADMIN)
    tenant_of = (await context.reader.principal()).scope_parameters["tenant"]
    return await _load_checked(context, "tenant", tenant_of, as_of)


async def _load_checked(context: Context, table: str, id: UUID, as_of: datetime.datetime) -> Any:
    await check_audit_start(context.reader, as_of)
    return (await load_past_rows(context.reader, get_model(table), [id], as_of)).get(id)


async def load_past_related(context: Context, relation: BelongsTo, parents: Sequence[PastRow]) -> list[Any]:
    """Load the row that each parent referenced then, as it was then."""
    _require_scope(context, relation.table)
    model = get_model(relation.table)
    if not is_audited(model):
        raise _not_known(f"A {relation.table}")
    ids = list(map(attrgetter(relation.fk), parents))
    keys = list({id for id in ids if id is not None})
    rows = await load_past_rows(context.reader, model, keys, parents[0].as_of) if keys else {}
    return [rows.get(id) for id in ids]


def _require_scope(context: Context, table: str) -> None:
    """Raise MissingScope if the scopes of an API key do not include rows of this table, as loaders do."""
    missing = find_missing_scope(context.reader.known_principal.scopes, table)
    if missing is not None:
        raise MissingScope(missing)


def refuse_past(parents: Sequence[Any]) -> None:
    """Raise BadInput if the parents are objects in the past: only some of their fields are known."""
    if parents and type(parents[0]) is PastRow:
        raise _not_known("This field")


def is_past(parents: Sequence[Any]) -> bool:
    """Return whether the parents are objects in the past."""
    return bool(parents) and type(parents[0]) is PastRow


def _not_known(what: str) -> BadInput:
    return BadInput(f"{what} is not known at a time in the past. Omit it, or omit `asOf`.")
