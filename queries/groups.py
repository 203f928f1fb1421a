"""Aggregates of groups of rows: for a whole table, or for the children of many parents at once.

The columns of a group have names that say what they contain: `row_count`, `key_status`, `count_distinct_status`,
`sum_total`, `avg_total`, `min_total` and `max_total`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, distinct, false, func, null, select, type_coerce

from models.relations import ToMany, table_of
from queries.calendar_units import UTC, CalendarUnit, first_day_of
from queries.exact_numbers import exact_average, exact_sum
from queries.filters import (
    BYTES_PER_COMPARISON,
    OPERATORS,
    And,
    Compare,
    Condition,
    Not,
    Or,
    condition_to_sql,
    estimate_condition_bytes,
)
from queries.key_list import KEYS_PARAM, any_of
from queries.lists import Children, PageQuery, child_conditions_of, row_conditions_of
from queries.order import Direction, Nulls, Order, Sort
from queries.sort_values import sort_expression
from queries.statement_cache import cached_statement

ROW_COUNT = "row_count"
IS_INCLUDED = "is_included"
"""Whether `having` includes the only group of a parent."""
KEY, COUNT_DISTINCT, SUM, AVG, MIN, MAX = "key", "count_distinct", "sum", "avg", "min", "max"
_FUNCTIONS: dict[str, Callable[[ColumnElement[Any]], ColumnElement[Any]]] = {
    COUNT_DISTINCT: lambda column: func.count(distinct(column)),
    SUM: exact_sum,
    AVG: exact_average,
    MIN: func.min,
    MAX: func.max,
}


@dataclass(frozen=True)
class GroupKey:
    """A column that rows are grouped by; dates by a unit of the calendar, in a time zone."""

    column: str
    unit: CalendarUnit | None = None
    zone: str = UTC

    @property
    def name(self) -> str:
        """The name of the group's column."""
        return group_column(KEY, self.column)


@dataclass(frozen=True)
class GroupQuery:
    """The rows to aggregate, how they are grouped, and which page of the groups is selected."""

    rows: PageQuery
    """The filter and the scope of the rows; order and page do not matter."""
    keys: tuple[GroupKey, ...] = ()
    """Without keys, all rows are one group, even if there are none."""
    having: Condition | None = None
    """A condition on the columns of the groups."""
    order: Order = ()
    first: int = 20
    offset: int = 0

    @property
    def condition_bytes(self) -> int:
        """The estimated size of the SQL expressions of filter, condition and order."""
        having = estimate_condition_bytes(self.having) if self.having else 0
        return self.rows.condition_bytes + having + BYTES_PER_COMPARISON * (len(self.order) + len(self.keys))

    @property
    def total_order(self) -> Order:
        """The order, with the keys as tiebreakers."""
        sorts: dict[str, Sort] = {}
        for sort in (*self.order, *(Sort(key.name) for key in self.keys)):
            sorts.setdefault(sort.column, sort)
        return tuple(sorts.values())


def group_column(function: str, column: str) -> str:
    """Return the name of a group's column."""
    return f"{function}_{column}"


@cached_statement
def select_groups(model: Any, query: GroupQuery, names: frozenset[str]) -> Select[Any]:
    """Select these columns of a page of groups, plus one group to detect whether there are more."""
    table = table_of(model)
    groups = _Groups(table, query)
    statement = select(*groups.select_columns(names)).select_from(table).where(*row_conditions_of(table, query.rows))
    statement = statement.group_by(*groups.keys.values()).order_by(*groups.order_by())
    if query.having is not None:
        statement = statement.having(groups.condition(query.having))
    return statement.limit(query.first + 1).offset(query.offset)


@cached_statement
def select_child_groups(relation: ToMany, query: GroupQuery, names: frozenset[str]) -> Select[Any]:
    """Select the same page of the groups of every parent in :keys. The first column is the parent's key. A parent
    without children has no row."""
    children = Children(relation)
    groups = _Groups(children.table, query)
    columns = groups.select_columns(names)
    if query.having is not None and not query.keys:
        columns.append(_is_included(query.having, groups))
    row_number = func.row_number().over(partition_by=children.key, order_by=groups.order_by() or None)
    statement = select(children.key.label("parent_key"), row_number.label("row_number"), *columns)
    statement = statement.select_from(children.source).group_by(children.key, *groups.keys.values())
    statement = statement.where(any_of(children.key, KEYS_PARAM), *child_conditions_of(children, query.rows))
    if query.having is not None and query.keys:
        statement = statement.having(groups.condition(query.having))
    page = statement.subquery("page")
    selected = [page.c.parent_key, *(page.c[column.name] for column in columns)]
    is_in_page = page.c.row_number > query.offset, page.c.row_number <= query.offset + query.first + 1
    return select(*selected).where(*is_in_page).order_by(page.c.parent_key, page.c.row_number)


def _is_included(having: Condition, groups: "_Groups") -> ColumnElement[bool]:
    """Return the condition as a column, for the only group of a parent: a parent without a row in the result has no
    children, which the condition may include."""
    return func.coalesce(groups.condition(having), false()).label(IS_INCLUDED)


class _Groups:
    """The columns of the groups, by name, as if they were a table."""

    def __init__(self, table: FromClause, query: GroupQuery) -> None:
        self._table = table
        self._query = query
        self._keys_by_name = {key.name: key for key in query.keys}
        self.keys = {key.name: _key_expression(table, key) for key in query.keys}
        self.c = self

    def condition(self, having: Condition) -> ColumnElement[bool]:
        """Translate a condition on the columns of the groups to SQL."""
        table: Any = self
        return condition_to_sql(having, table)

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        if name == ROW_COUNT:
            return func.count()
        function, column = split_group_column(name)
        if function == KEY:
            return self.keys[name] if name in self.keys else type_coerce(null(), self._table.c[column].type)
        return _FUNCTIONS[function](self._table.c[column])

    def select_columns(self, names: Iterable[str]) -> list[ColumnElement[Any]]:
        """Return the columns of these names, in a fixed order; at least one."""
        return [self[name].label(name) for name in sorted(names)] or [func.count().label(ROW_COUNT)]

    def order_by(self) -> list[ColumnElement[Any]]:
        """Return the expressions of ORDER BY; none for a single group."""
        return [self._sorted(sort) for sort in self._query.total_order] if self.keys else []

    def _sorted(self, sort: Sort) -> ColumnElement[Any]:
        key = self._keys_by_name.get(sort.column)
        is_column = key is not None and key.unit is None
        expression = sort_expression(Sort(key.column), self._table) if key and is_column else self[sort.column]
        directed = expression.asc() if sort.direction is Direction.ASC else expression.desc()
        return directed.nulls_first() if sort.nulls is Nulls.FIRST else directed.nulls_last()


def _key_expression(table: FromClause, key: GroupKey) -> ColumnElement[Any]:
    column = table.c[key.column]
    return column if key.unit is None else first_day_of(column, key.unit, key.zone)


def split_group_column(name: str) -> tuple[str, str]:
    """Return the function and the column in the name of a group's column."""
    function = next(each for each in (KEY, *_FUNCTIONS) if name.startswith(f"{each}_"))
    return function, name.removeprefix(f"{function}_")


def empty_group(names: Iterable[str]) -> dict[str, Any]:
    """Return the columns of a group of no rows."""
    return {name: _empty_value(name) for name in names}


def _empty_value(name: str) -> int | None:
    return 0 if name == ROW_COUNT or name.startswith(f"{COUNT_DISTINCT}_") else None


def includes_empty_group(condition: Condition) -> bool:
    """Return whether the condition is true for a group of no rows, as PostgreSQL would evaluate it."""
    match condition:
        case Compare(name, operator, value):
            return _compare_empty(_empty_value(name), operator, value)
        case And(operands):
            return all(map(includes_empty_group, operands))
        case Or(operands):
            return any(map(includes_empty_group, operands))
        case Not(operand):
            return not includes_empty_group(operand)
    raise AssertionError(condition)


def _compare_empty(number: int | None, operator: str, value: Any) -> bool:
    if operator == "isNull":
        return (number is None) is value
    if number is None:
        return operator in {"ne", "notIn"}
    match operator:
        case "ne":
            return bool(number != value)
        case "in":
            return number in value
        case "notIn":
            return number not in value
    compare: Any = OPERATORS[operator]
    return bool(compare(number, value))
