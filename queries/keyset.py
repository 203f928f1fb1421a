"""What comes after a place in an order, as SQL: pages without OFFSET, right with ties and nulls."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, UnaryExpression, and_, false, literal, or_, tuple_

from queries.order import Direction, Nulls, Order, Sort, sortable


def ordering(order: Order, table: FromClause) -> list[ColumnElement[Any]]:
    """The ORDER BY."""
    return [_ordered(sort, table) for sort in order]


def _ordered(sort: Sort, table: FromClause) -> UnaryExpression[Any]:
    column = sortable(table, sort.column)
    directed = column.asc() if sort.direction is Direction.ASC else column.desc()
    if not table.c[sort.column].nullable:
        return directed
    return directed.nulls_first() if sort.nulls is Nulls.FIRST else directed.nulls_last()


def after(order: Order, table: FromClause, place: Sequence[Any]) -> ColumnElement[bool]:
    """The rows that come after a place: equal up to some column, and beyond it there."""
    if _uniform(order, table):
        return _row_values(order, table, place)
    steps: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for sort, value in zip(order, place, strict=True):
        steps.append(and_(*equal, _beyond(sort, table, value)))
        equal.append(_same(sort, table, value))
    return or_(*steps)


def _uniform(order: Order, table: FromClause) -> bool:
    """Whether one comparison of rows says it all, which an index can answer."""
    return len({sort.direction for sort in order}) == 1 and not any(table.c[sort.column].nullable for sort in order)


def _row_values(order: Order, table: FromClause, place: Sequence[Any]) -> ColumnElement[bool]:
    columns = [sortable(table, sort.column) for sort in order]
    values = [literal(value, column.type) for value, column in zip(place, columns, strict=True)]
    if len(columns) == 1:
        return columns[0] > values[0] if order[0].direction is Direction.ASC else columns[0] < values[0]
    here, there = tuple_(*columns), tuple_(*values)
    return here > there if order[0].direction is Direction.ASC else here < there


def _beyond(sort: Sort, table: FromClause, value: Any) -> ColumnElement[bool]:
    column = sortable(table, sort.column)
    if value is None:
        return column.is_not(None) if sort.nulls is Nulls.FIRST else false()
    further: ColumnElement[bool] = column > value if sort.direction is Direction.ASC else column < value
    if table.c[sort.column].nullable and sort.nulls is Nulls.LAST:
        return or_(further, column.is_(None))
    return further


def _same(sort: Sort, table: FromClause, value: Any) -> ColumnElement[bool]:
    column = sortable(table, sort.column)
    return column.is_(None) if value is None else column == value
