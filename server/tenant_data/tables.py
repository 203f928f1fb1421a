"""The tables with a tenant's data, found from the models, and what an export contains of them."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Column, Table
from sqlmodel import SQLModel

from models import LogCounter, Tenant, User
from models.log import LOG_ORDER
from models.relations import get_model, table_of
from models.webhook import WebhookDisabledReason, WebhookState
from services.core.audit_values import is_secret


def _revoke(row: Mapping[str, Any], now: datetime.datetime) -> dict[str, Any]:
    return {"revoked_at": row["revoked_at"] or now}


def _disable(_row: Mapping[str, Any], _now: datetime.datetime) -> dict[str, Any]:
    """Disable a webhook: the change feed begins again, and deliveries cannot be signed before a new secret is made."""
    reason = WebhookDisabledReason.CHANGES_EXPIRED
    no_previous = {"previous_secret": None, "previous_secret_expires_at": None}
    return {"state": WebhookState.DISABLED, "disabled_reason": reason, **no_previous}


def _stop_merging(_row: Mapping[str, Any], _now: datetime.datetime) -> dict[str, Any]:
    """Change nothing else: the random merge key is that of no later event, so the imported event is not counted up."""
    return {}


REVOCATIONS: Mapping[str, Callable[[Mapping[str, Any], datetime.datetime], dict[str, Any]]] = {
    "api_key": _revoke,
    "invitation": _revoke,
    "sign_in_event": _stop_merging,
    "webhook": _disable,
}
"""For each table with secrets, what an import changes in a row: secrets are not exported, so the row cannot be used as
it was."""

LEFT_OUT: Mapping[str, frozenset[str]] = {"sign_in_event": frozenset({"session_id"})}
"""Columns that an export does not contain, by table, and that are null after an import. Sessions belong to users and
not to a tenant, so they are not exported, and their ids mean nothing elsewhere."""


@cache
def list_tenant_tables() -> tuple[Table, ...]:
    """Return the tables with a tenant's rows, referenced tables first: without `tenant` itself, and without the counter
    of its logs, which continues after an erasure or import, as the database's sequences do."""
    counter = table_of(LogCounter)
    return tuple(table for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.c and table is not counter)


@cache
def tables_of_file() -> dict[str, Table]:
    """Return the tables that a file contains, by name and in its order."""
    return {table.name: table for table in (table_of(User), table_of(Tenant), *list_tenant_tables())}


@cache
def columns_of_file(table: Table) -> tuple[Column[Any], ...]:
    """Return the columns of a table that a file contains."""
    special = {"user": user_columns, "tenant": tenant_columns}
    return special[table.name]() if table.name in special else exported_columns(table)


@cache
def exported_columns(table: Table) -> tuple[Column[Any], ...]:
    """Return the columns of a tenant's rows that a file contains: not the tenant, which all rows have in common, no
    secrets, no ids of sessions, and no positions in logs, which another database assigns itself."""
    model, is_log = get_model(table.name), _is_log(table)
    return tuple(
        column
        for column in table.c
        if column.name not in {"tenant_id", *LEFT_OUT.get(table.name, ())}
        and not is_secret(model, column.name)
        and not (is_log and column.name in LOG_ORDER)
    )


@cache
def tenant_columns() -> tuple[Column[Any], ...]:
    """Return the columns of the tenant's own row that an export contains."""
    left_out = {"locked_at", "erased_at", "feed_start"}
    return tuple(column for column in table_of(Tenant).c if column.name not in left_out)


@cache
def user_columns() -> tuple[Column[Any], ...]:
    """Return what an export contains of the users that rows refer to: enough to find or create their accounts."""
    table = table_of(User)
    return tuple(table.c[name] for name in ("id", "email", "full_name", "deleted_at"))


@cache
def secret_columns(table: Table) -> tuple[str, ...]:
    """Return the columns with secrets, or with their hashes."""
    model = get_model(table.name)
    return tuple(column.name for column in table.c if is_secret(model, column.name))


@cache
def sort_columns(table: Table) -> tuple[Column[Any], ...]:
    """Return the columns that order the rows of a tenant: those of the log's order, or the key without the tenant."""
    if _is_log(table):
        return tuple(table.c[name] for name in LOG_ORDER)
    return tuple(column for column in table.primary_key if column.name != "tenant_id")


@cache
def key_columns(table: Table) -> tuple[str, ...]:
    """Return the columns of the key, without the tenant."""
    return tuple(column.name for column in table.primary_key if column.name != "tenant_id")


@cache
def self_references(table: Table) -> tuple[str, ...]:
    """Return the columns that reference rows of the same table."""
    keys = (key for key in table.foreign_key_constraints if key.referred_table is table)
    return tuple(name for key in keys for name in key.column_keys if name != "tenant_id")


@cache
def references_to_users(table: Table) -> tuple[str, ...]:
    """Return the columns with a foreign key to users."""
    return _references(table, "user")


@cache
def references_to_members(table: Table) -> tuple[str, ...]:
    """Return the columns with a foreign key to memberships: null for users who are no members."""
    return _references(table, "membership")


def _references(table: Table, referred: str) -> tuple[str, ...]:
    keys = (key for key in table.foreign_key_constraints if key.referred_table.name == referred)
    return tuple(name for key in keys for name in key.column_keys if name != "tenant_id")


def is_append_only(table: Table) -> bool:
    """Return whether triggers reject changes of the table."""
    return bool(table.info.get("append_only"))


def list_logs() -> Iterable[Table]:
    """Return the tables that readers follow."""
    return tuple(table for table in list_tenant_tables() if _is_log(table))


def _is_log(table: Table) -> bool:
    return bool(getattr(get_model(table.name), "is_log", False))
