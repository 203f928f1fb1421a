"""Statements that read the audit to rebuild past states."""

from typing import Any

from sqlalchemy import Integer, Select, Subquery, Uuid, bindparam, func, select, tuple_

from models import AuditEntry, Tenant
from models.audit_entry import AuditAction
from models.base import UTCDateTime
from models.relations import table_of
from queries.key_list import KEYS_PARAM, any_of
from queries.scope import TENANT, visible
from queries.statement_cache import cached_statement

_SORT_TYPES: dict[str, Any] = {"object_id": Uuid(), "version": Integer(), "id": Uuid()}


ENTRIES_PER_PAGE = 1000
AFTER = tuple(bindparam(f"after_{name}", type_=type_) for name, type_ in _SORT_TYPES.items())
"""The parameters :after_object_id, :after_version and :after_id."""


@cached_statement
def select_entries_until(noun: str, is_continued: bool) -> Select[Any]:  # noqa: FBT001 -- a key of the cache
    """Select a page of the entries of the objects of a type with the ids in :keys, up to the last version before
    :as_of, sorted by object and version. (Clocks differ, so an earlier version may have a later time.) A page that
    `is_continued` begins after an entry."""
    table, last = table_of(AuditEntry), _last_versions(noun)
    names = ("id", "object_id", "version", "action", "after", "changed_fields", "created_at")
    conditions = [visible(table), table.c.noun == noun, table.c.version <= last.c.version]
    order = [table.c[name] for name in _SORT_TYPES]
    if is_continued:
        conditions.append(tuple_(*order) > tuple_(*AFTER))
    statement = select(*(table.c[name] for name in names)).join(last, last.c.object_id == table.c.object_id)
    return statement.where(*conditions).order_by(*order).limit(ENTRIES_PER_PAGE)


def _last_versions(noun: str) -> Subquery:
    """The last version of each object before :as_of."""
    table = table_of(AuditEntry)
    is_earlier = table.c.created_at <= bindparam("as_of", type_=UTCDateTime())
    of_objects = (any_of(table.c.object_id, KEYS_PARAM), table.c.noun == noun)
    columns = table.c.object_id, func.max(table.c.version).label("version")
    statement = select(*columns).where(visible(table), *of_objects, is_earlier)
    return statement.group_by(table.c.object_id).subquery("last")


@cached_statement
def select_audit_start() -> Select[Any]:
    """Select when the audit of the current tenant begins: the time of its last baseline, if there is one."""
    table = table_of(AuditEntry)
    is_baseline = (table.c.noun == Tenant.__name__, table.c.object_id == TENANT, table.c.action == AuditAction.BASELINE)
    return select(func.max(table.c.created_at, type_=UTCDateTime()).label("start")).where(visible(table), *is_baseline)
