"""Keyset pagination: ORDER BY, and the condition for the rows after a cursor. It handles ties and nulls."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, UnaryExpression, and_, false, literal, or_, tuple_

from queries.order import Direction, Nulls, Order, Sort
from queries.sort_values import is_nullable, sort_expression


def order_by_clause(order: Order, table: FromClause) -> list[ColumnElement[Any]]:
    """Return the expressions of the ORDER BY clause."""
    return [_order_by_expression(sort, table) for sort in order]


def _order_by_expression(sort: Sort, table: FromClause) -> UnaryExpression[Any]:
    column = sort_expression(sort, table)
    directed = column.asc() if sort.direction is Direction.ASC else column.desc()
    if not is_nullable(sort, table):
        return directed
    return directed.nulls_first() if sort.nulls is Nulls.FIRST else directed.nulls_last()


def after_cursor(order: Order, table: FromClause, cursor_values: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition for the rows after a cursor: equal in the first n columns and after it in the next one."""
    if _is_uniform(order, table):
        return _compare_row_values(order, table, cursor_values)
    alternatives: list[ColumnElement[bool]] = []
    equal_prefix: list[ColumnElement[bool]] = []
    for sort, value in zip(order, cursor_values, strict=True):
        alternatives.append(and_(*equal_prefix, _is_after(sort, table, value)))
        equal_prefix.append(_is_equal(sort, table, value))
    return or_(*alternatives)


def _is_uniform(order: Order, table: FromClause) -> bool:
    """Return whether a single row value comparison is sufficient, which can use an index."""
    return len({sort.direction for sort in order}) == 1 and not any(is_nullable(sort, table) for sort in order)


def _compare_row_values(order: Order, table: FromClause, cursor_values: Sequence[Any]) -> ColumnElement[bool]:
    columns = [sort_expression(sort, table) for sort in order]
    values = [literal(value, column.type) for value, column in zip(cursor_values, columns, strict=True)]
    if len(columns) == 1:
        return columns[0] > values[0] if order[0].direction is Direction.ASC else columns[0] < values[0]
    row, cursor = tuple_(*columns), tuple_(*values)
    return row > cursor if order[0].direction is Direction.ASC else row < cursor


def _is_after(sort: Sort, table: FromClause, value: Any) -> ColumnElement[bool]:
    column = sort_expression(sort, table)
    if value is None:
        return column.is_not(None) if sort.nulls is Nulls.FIRST else false()
    is_beyond: ColumnElement[bool] = column > value if sort.direction is Direction.ASC else column < value
    if is_nullable(sort, table) and sort.nulls is Nulls.LAST:
        return or_(is_beyond, column.is_(None))
    return is_beyond


def _is_equal(sort: Sort, table: FromClause, value: Any) -> ColumnElement[bool]:
    column = sort_expression(sort, table)
    return column.is_(None) if value is None else column == value
