"""Conditions and columns to follow a log (models/log.py) from a position on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, bindparam, false, true, tuple_

from database.log_order import LogOrder
from models.log import LOG_ORDER, oldest_transaction, read_epoch

AFTER = {name: bindparam(f"after_{name}", type_=BigInteger()) for name in LOG_ORDER}
"""The parameters :after_epoch, :after_log_transaction and :after_position."""


def log_columns(table: FromClause) -> list[Any]:
    """Return the columns that order the log."""
    return [table.c[name] for name in LOG_ORDER]


def is_settled(table: FromClause, order: LogOrder) -> ColumnElement[bool]:
    """Return the condition for rows below the log's horizon: all of an earlier epoch, and in the current epoch those of
    transactions before which no row can appear any more; all rows if the order has no horizon."""
    if not order.has_horizon:
        return true()
    epoch, transaction, _ = log_columns(table)
    return tuple_(epoch, transaction) < tuple_(read_epoch(), oldest_transaction())


def is_unsettled(table: FromClause, order: LogOrder) -> ColumnElement[bool]:
    """Return the condition for the other rows: readers may see them as soon as older transactions have ended."""
    if not order.has_horizon:
        return false()
    epoch, transaction, _ = log_columns(table)
    return tuple_(epoch, transaction) >= tuple_(read_epoch(), oldest_transaction())


def is_after(table: FromClause, position: Sequence[ColumnElement[int]] = tuple(AFTER.values())) -> ColumnElement[bool]:
    """Return the condition for rows after a position, by default that of the parameters."""
    return tuple_(*log_columns(table)) > tuple_(*position)


def is_from(table: FromClause, position: Sequence[ColumnElement[int]]) -> ColumnElement[bool]:
    """Return the condition for rows at or after a position."""
    return tuple_(*log_columns(table)) >= tuple_(*position)
