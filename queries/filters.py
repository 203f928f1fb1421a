"""Filter conditions as data, and their translation to SQL.

Null is compared like any other value: `ne` and `not` are true for it where SQL would yield NULL, so a filter and its
negation together match all rows. Text is compared by code point; text search ignores the case of ASCII letters.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Uuid, and_, bindparam, false, func, literal, not_, or_, true

from models.relations import Relation, ToMany
from queries.key_list import KeyList, TextList, any_of, key_list_param
from queries.money import to_minor_units
from queries.name_list import includes_any
from queries.related import select_related
from queries.scope import USER
from queries.search_matches import is_match
from queries.search_query import SearchQuery


@dataclass(frozen=True)
class ListParameter:
    """Stands for a list of values that is passed when the statement is executed: a parameter of this name."""

    name: str


@dataclass(frozen=True)
class Compare:
    """A comparison of a column with a value."""

    column: str
    operator: str
    value: Any


def is_principal(column: str) -> Compare:
    """Return the condition that a column contains the id of the signed-in user. The id is a parameter of the statement,
    so that all users share it; null for API keys, which no value equals."""
    return Compare(column, "isPrincipal", None)


@dataclass(frozen=True)
class And:
    """True if all operands are true; without operands, true."""

    operands: "tuple[Condition, ...]" = ()


@dataclass(frozen=True)
class Or:
    """True if at least one operand is true; without operands, false."""

    operands: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    """True if the operand is not true."""

    operand: "Condition"


@dataclass(frozen=True)
class Exists:
    """True if at least one related row matches the condition."""

    relation: Relation
    condition: "Condition"


@dataclass(frozen=True)
class CompareCount:
    """A comparison of the number of related rows with a value."""

    relation: ToMany
    operator: str
    value: Any


@dataclass(frozen=True)
class Matches:
    """True if the words of a searchable column of this table match a search query."""

    table: str
    column: str
    query: SearchQuery


Condition = Compare | And | Or | Not | Exists | CompareCount | Matches
ALL_ROWS = And()
BYTES_PER_COMPARISON = 2_500
BYTES_PER_RELATED_ROWS = 25_000
"""It has an alias with all columns of a table."""
BYTES_PER_VALUE = 100
BYTES_PER_SEARCH_QUERY = 10_000
"""Up to a hundred words."""


def condition_to_sql(condition: Condition, table: FromClause) -> ColumnElement[bool]:
    """Translate the condition to SQL for the rows of a table or of an alias."""
    match condition:
        case And(operands):
            return and_(true(), *(condition_to_sql(operand, table) for operand in operands))
        case Or(operands):
            return or_(false(), *(condition_to_sql(operand, table) for operand in operands))
        case Not(operand):
            return not_(func.coalesce(condition_to_sql(operand, table), false()))
        case Exists(relation, inner):
            return select_related(relation, table, lambda _: literal(1), partial(condition_to_sql, inner)).exists()
    return _comparison_to_sql(condition, table)


def _comparison_to_sql(condition: Compare | CompareCount | Matches, table: FromClause) -> ColumnElement[bool]:
    match condition:
        case Compare(column, name, value):
            expression, name, value = to_minor_units(table.c[column], name, value)
            return OPERATORS[name](expression, value)
        case CompareCount(counted, name, value):
            number = select_related(counted, table, lambda _: func.count()).scalar_subquery()
            return OPERATORS[name](number, value)
        case Matches(searched, column, query):
            return is_match(table.c.id, searched, column, query)


def count_table_reads(condition: Condition) -> int:
    """Return how many parts of the condition read other tables. The comparisons of one number count once."""
    match condition:
        case And(operands) | Or(operands):
            numbers = {operand.relation for operand in operands if isinstance(operand, CompareCount)}
            others = (operand for operand in operands if not isinstance(operand, CompareCount))
            return len(numbers) + sum(map(count_table_reads, others))
        case Not(operand):
            return count_table_reads(operand)
        case Exists(condition=operand):
            return 1 + count_table_reads(operand)
        case CompareCount() | Matches():
            return 1
    return 0


def estimate_condition_bytes(condition: Condition) -> int:
    """Return the estimated size of the condition's SQL expression and its compiled form."""
    match condition:
        case Compare(value=value):
            return BYTES_PER_COMPARISON + sum(map(_value_bytes, value if isinstance(value, tuple) else (value,)))
        case And(operands) | Or(operands):
            return sum(map(estimate_condition_bytes, operands), BYTES_PER_COMPARISON)
        case Not(operand):
            return BYTES_PER_COMPARISON + estimate_condition_bytes(operand)
        case Exists(condition=operand):
            return BYTES_PER_RELATED_ROWS + estimate_condition_bytes(operand)
        case CompareCount(value=value):
            return BYTES_PER_RELATED_ROWS + sum(map(_value_bytes, value if isinstance(value, tuple) else (value,)))
        case Matches():
            return BYTES_PER_COMPARISON + BYTES_PER_SEARCH_QUERY


def _value_bytes(value: Any) -> int:
    return BYTES_PER_VALUE + (len(value) if isinstance(value, str) else 0)


def _is_in(column: ColumnElement[Any], values: Any) -> ColumnElement[bool]:
    if isinstance(values, ListParameter):
        return any_of(column, bindparam(values.name, type_=KeyList() if isinstance(column.type, Uuid) else TextList()))
    if isinstance(column.type, Uuid):
        return any_of(column, key_list_param(values))
    return column.in_(values)


def _includes_any(column: ColumnElement[Any], names: Any) -> ColumnElement[bool]:
    is_parameter = isinstance(names, ListParameter)
    parameter = bindparam(names.name, type_=TextList()) if is_parameter else bindparam(None, names, type_=TextList())
    return includes_any(column, parameter)


def _case_insensitive_like(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    """Match a pattern ignoring the case of A to Z only, like lower() on SQLite and, with collation C, on PostgreSQL."""
    return func.lower(column).like(_lower_ascii(pattern), escape="\\")


def _lower_ascii(text: str) -> str:
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in text)


def _escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


OPERATORS: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": operator.eq,
    "ne": lambda column, value: column.is_distinct_from(value),
    "in": _is_in,
    "notIn": lambda column, values: not_(func.coalesce(_is_in(column, values), false())),
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "contains": lambda column, value: _case_insensitive_like(column, f"%{_escape_like(value)}%"),
    "startsWith": lambda column, value: _case_insensitive_like(column, f"{_escape_like(value)}%"),
    "endsWith": lambda column, value: _case_insensitive_like(column, f"%{_escape_like(value)}"),
    "includes": lambda column, name: _includes_any(column, (name,)),
    "includesAny": _includes_any,
    "isNull": lambda column, value: column.is_(None) if value else column.is_not(None),
    "isPrincipal": lambda column, _value: column == USER,
}
