"""The values that rows are sorted by, in SQL."""

from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Enum, FromClause, Integer, case, func

from models.relations import get_table
from queries.order import Order, Sort, value_names
from queries.related import select_related


def sort_expression(sort: Sort, table: FromClause) -> ColumnElement[Any]:
    """Return the expression that rows of a table or of an alias are sorted by: an enum by its rank (LOW before HIGH),
    others by value."""
    return _expression(sort, table, is_ranked=True)


def related_values(order: Order, table: FromClause) -> list[ColumnElement[Any]]:
    """Return the values of an order that are not columns of the table, with their names in the rows of a page."""
    values = zip(value_names(order), order, strict=True)
    return [_expression(sort, table, is_ranked=False).label(name) for name, sort in values if sort.is_related]


def is_nullable(sort: Sort, table: FromClause) -> bool:
    """Return whether a value may be null. That of a column that a statement computes, such as a rank, is never null."""
    if sort.is_related:
        return bool(sort.path)
    return bool(getattr(table.c[sort.column], "nullable", False))


def type_of_value(sort: Sort, table: FromClause) -> Any:
    """Return the SQL type of a value."""
    if sort.counted is not None:
        return Integer()
    columns = get_table(sort.path[-1].table).c if sort.path else table.c
    return columns[sort.column].type


def _expression(sort: Sort, table: FromClause, *, is_ranked: bool) -> ColumnElement[Any]:
    """Return the value, of related rows as a subquery for each row: unlike a join, it is evaluated only for the rows
    that match the filter, and fits into every statement."""
    if sort.path:
        relation, *path = sort.path
        rest = replace(sort, path=tuple(path))
        return select_related(relation, table, partial(_expression, rest, is_ranked=is_ranked)).scalar_subquery()
    if sort.counted is not None:
        return select_related(sort.counted, table, lambda _: func.count()).scalar_subquery()
    return _rank(table.c[sort.column]) if is_ranked else table.c[sort.column]


def _rank(column: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Enum) and column.type.enum_class is not None:
        ranks = {member: rank for rank, member in enumerate(column.type.enum_class)}
        return case(ranks, value=column, else_=None).cast(Integer)
    return column
