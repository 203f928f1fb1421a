"""Statements that read the audit to rebuild past states."""

from typing import Any

from sqlalchemy import Select, bindparam, func, select

from models import AuditEntry, Tenant
from models.audit_entry import AuditAction
from models.base import UTCDateTime
from models.relations import table_of
from queries.key_list import KEYS_PARAM, any_of
from queries.scope import TENANT, visible
from queries.statement_cache import cached_statement


@cached_statement
def select_entries_until(noun: str) -> Select[Any]:
    """Select the entries of the objects of a type with the ids in :keys, up to the last version before :as_of, in the
    order of their versions. (Clocks differ, so an earlier version may have a later time.)"""
    table, other = table_of(AuditEntry), table_of(AuditEntry).alias()
    is_earlier = other.c.created_at <= bindparam("as_of", type_=UTCDateTime())
    of_object = (other.c.object_id == table.c.object_id, other.c.noun == noun)
    last = select(func.max(other.c.version)).where(visible(other), *of_object, is_earlier).scalar_subquery()
    names = ("object_id", "version", "action", "after", "changed_fields", "created_at")
    matches = (any_of(table.c.object_id, KEYS_PARAM), table.c.noun == noun, table.c.version <= last)
    statement = select(*(table.c[name] for name in names)).where(visible(table), *matches)
    return statement.order_by(table.c.object_id, table.c.version, table.c.id)


@cached_statement
def select_audit_start() -> Select[Any]:
    """Select when the audit of the current tenant begins: the time of its last baseline, if there is one."""
    table = table_of(AuditEntry)
    is_baseline = (table.c.noun == Tenant.__name__, table.c.object_id == TENANT, table.c.action == AuditAction.BASELINE)
    return select(func.max(table.c.created_at, type_=UTCDateTime()).label("start")).where(visible(table), *is_baseline)
