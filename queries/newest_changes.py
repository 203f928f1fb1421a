"""A statement for the newest changes of a tenant, by which one notices whether rows have changed since.

Each of its rows is the newest entry of a log, or a number that increases with the changes of rows without a log."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Uuid, cast, func, literal, null, select, union_all
from sqlalchemy.sql.selectable import Subquery

from database.log_order import LogOrder
from models import AuditEntry, Event, Membership, User
from models.log import LOG_ORDER
from models.relations import table_of
from queries.log import is_settled, log_columns
from queries.scope import in_current_tenant, in_tenant_log, visible
from queries.statement_cache import cached_statement

MAX_USERS = 1000
"""For more members, their versions are not added up: each would be read for every request."""
USERS = "users"


@dataclass(frozen=True)
class NewestChanges:
    """Which newest changes are selected."""

    nouns: tuple[str, ...]
    """The newest entry of the audit for each of these types."""
    every_noun: bool
    """The newest entry of the audit."""
    events: bool
    """The newest event."""
    users: bool
    """The sum of the versions of the members."""
    order: LogOrder


@cached_statement
def select_newest_changes(query: NewestChanges) -> Select[Any]:
    """Select name, id and number of each newest change, and whether it `is_final`: no older one can appear later."""
    audit, event = table_of(AuditEntry), table_of(Event)
    parts = [_select_last(noun, audit, audit.c.noun == noun) for noun in query.nouns]
    if query.every_noun:
        parts.append(_select_last("audit", audit))
    if query.events:
        parts.append(_select_last("events", event))
    if query.users:
        parts.append(_select_user_versions())
    newest = union_all(*(select(*part.c) for part in parts)).subquery("newest")
    return select(newest.c.name, newest.c.id, newest.c.number, _is_final(newest, query.order).label("is_final"))


def _select_last(name: str, table: Any, *conditions: ColumnElement[bool]) -> Subquery:
    columns = (literal(name).label("name"), table.c.id, cast(null(), BigInteger).label("number"), *log_columns(table))
    statement = select(*columns).where(in_tenant_log(table), *conditions)
    return statement.order_by(*(column.desc() for column in log_columns(table))).limit(1).subquery()


def _select_user_versions() -> Subquery:
    """Select the sum of the versions of the tenant's members, each of which only grows; no number if there are too
    many members. Which users are members is in the audit."""
    user, members = table_of(User), _select_members()
    versions = select(user.c.version).where(user.c.id == members.c.user_id, visible(user)).subquery()
    is_complete = func.count() <= MAX_USERS
    number = select(cast(func.sum(versions.c.version), BigInteger)).select_from(versions).having(is_complete)
    columns: list[Any] = [
        literal(USERS).label("name"),
        cast(null(), Uuid).label("id"),
        number.scalar_subquery().label("number"),
    ]
    columns += [cast(null(), BigInteger).label(name) for name in LOG_ORDER]
    return select(*columns).subquery()


def _select_members() -> Subquery:
    member = table_of(Membership)
    return select(member.c.user_id).where(in_current_tenant(member)).limit(MAX_USERS + 1).subquery()


def _is_final(newest: Subquery, order: LogOrder) -> ColumnElement[bool]:
    """Return the condition for entries of transactions that are older than all running ones. Sums are always final."""
    return func.coalesce(is_settled(newest, order), newest.c.number.is_not(None))
