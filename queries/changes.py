"""Statements of the change feed, which reads the audit as a log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from database.log_order import LogOrder
from models import AuditEntry, LogEpoch, Tenant
from models.audit_entry import AuditAction
from models.log import LOG_ORDER, is_assigned_position
from models.relations import table_of
from queries.filters import ALL_ROWS, Condition, condition_to_sql, estimate_condition_bytes
from queries.log import AFTER, is_after, is_from, is_settled, is_unsettled, log_columns
from queries.scope import TENANT, in_tenant_log, visible_changes
from queries.statement_cache import cached_statement

CHANGE_COLUMNS = (
    *LOG_ORDER,
    "noun",
    "object_id",
    "version",
    "action",
    "changed_fields",
    "request_id",
    "created_at",
    "visible_only_to_id",
)
FIRST_ID = bindparam("first_id", type_=Uuid())
"""The parameter :first_id, an id with the time since which changes are retained."""


@dataclass(frozen=True)
class ChangeQuery:
    """A page of changes that match a condition; after a cursor, or from the oldest one that is retained."""

    size: int
    where: Condition
    """Its values are parameters (queries/change_filter.py)."""
    has_cursor: bool
    max_scanned: int
    """How many entries of the log are read for it."""
    order: LogOrder

    @property
    def condition_bytes(self) -> int:
        """The estimated size of the SQL expression of the condition."""
        return estimate_condition_bytes(self.where)


@cached_statement
def select_changes(query: ChangeQuery) -> Select[Any]:
    """Select a page of changes, plus one to detect whether there are more. Each row also has the state of the feed;
    without changes there is one row, with the state only."""
    scanned = _select_scanned(query).cte("scanned")
    conditions = [visible_changes(scanned), _is_change(scanned)]
    if query.where != ALL_ROWS:
        conditions.append(condition_to_sql(query.where, scanned))
    statement = select(*(scanned.c[name] for name in CHANGE_COLUMNS)).where(*conditions)
    page = statement.order_by(*log_columns(scanned)).limit(query.size + 1).subquery("page")
    state = _select_state(scanned, query).subquery("state")
    columns = state.outerjoin(page, true())
    return select(*state.c, *page.c).select_from(columns).order_by(*log_columns(page))


def _select_scanned(query: ChangeQuery) -> Select[Any]:
    """Select the entries of the log from the start of the page on: at most so many, however few of them match."""
    table = table_of(AuditEntry)
    start = is_after(table) if query.has_cursor else is_from(table, [_first_retained(column) for column in LOG_ORDER])
    names = ("tenant_id", *CHANGE_COLUMNS)
    conditions = (in_tenant_log(table), is_settled(table, query.order), start)
    statement = select(*(table.c[name] for name in names)).where(*conditions)
    return statement.order_by(*log_columns(table)).limit(query.max_scanned)


def _select_state(scanned: FromClause, query: ChangeQuery) -> Select[Any]:
    """Select the tenant, whether the cursor is known, how many entries were scanned, the last one of these, the newest
    position that readers may see, whether there are entries after it, and where the feed begins. The positions are null
    if there are none."""
    table = table_of(AuditEntry)
    newest = _select_last(table, "newest", LOG_ORDER).where(in_tenant_log(table), is_settled(table, query.order))
    newest_row = newest.subquery("newest")
    last = _select_last(scanned, "scanned", (*LOG_ORDER, "created_at")).subquery("last")
    count = select(func.count()).select_from(scanned).scalar_subquery().label("scanned_count")
    is_known = (_is_known(query.order) if query.has_cursor else true()).label("is_known")
    log_state = (is_known, count, _has_unsettled(query.order), _first_epoch(query.order))
    columns = (TENANT.label("tenant"), *log_state, _feed_start())
    known = select(*columns).subquery("known")
    source = known.outerjoin(newest_row, true()).outerjoin(last, true())
    return select(*known.c, *newest_row.c, *last.c).select_from(source)


def _select_last(table: FromClause, prefix: str, names: Sequence[str]) -> Select[Any]:
    """Select columns of the last row of a log, with this prefix."""
    columns = (table.c[name].label(f"{prefix}_{name}") for name in names)
    return select(*columns).order_by(*(column.desc() for column in log_columns(table))).limit(1)


def _has_unsettled(order: LogOrder) -> ColumnElement[bool]:
    """Return whether readers may not see the last entry yet. PostgreSQL would search all entries for such a one."""
    table = table_of(AuditEntry)
    last = select(is_unsettled(table, order)).where(in_tenant_log(table))
    newest_first = (column.desc() for column in log_columns(table))
    return func.coalesce(last.order_by(*newest_first).limit(1).scalar_subquery(), false()).label("has_unsettled")


def _is_known(order: LogOrder) -> ColumnElement[bool]:
    if order.epoch is not None:
        return AFTER["epoch"] == order.epoch
    epoch = table_of(LogEpoch)
    is_assigned = is_assigned_position(AuditEntry.__tablename__, AFTER["position"])
    return and_(exists().where(epoch.c.id == AFTER["epoch"]), is_assigned)


def _first_epoch(order: LogOrder) -> ColumnElement[int]:
    if order.epoch is not None:
        return literal(order.epoch).label("first_epoch")
    return select(func.min(table_of(LogEpoch).c.id)).scalar_subquery().label("first_epoch")


def _feed_start() -> ColumnElement[str]:
    """Return the position where the feed of an erased or imported tenant begins; null for other tenants."""
    tenant = table_of(Tenant)
    return select(tenant.c.feed_start).where(tenant.c.id == TENANT).scalar_subquery().label("feed_start")


def _is_change(table: FromClause) -> ColumnElement[bool]:
    """Return the condition for entries that are changes: no baselines, and no removal of older entries' contents."""
    is_purged_object = or_(table.c.action != AuditAction.PURGED, table.c.version.is_not(None))
    return and_(table.c.action.not_in((AuditAction.BASELINE, AuditAction.PRUNED)), is_purged_object)


def _first_retained(column: str) -> ColumnElement[int]:
    """Return the column of the oldest entry that is retained."""
    table = table_of(AuditEntry).alias()
    statement = select(table.c[column]).where(in_tenant_log(table), table.c.id >= FIRST_ID)
    return statement.order_by(table.c.id).limit(1).scalar_subquery()
