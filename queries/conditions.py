"""Filters: what a client asks for as data, and the SQL it means.

Null is a value like any other here: `ne` and `not` are true of it where SQL would not know, so that a filter and its
opposite together always show everything. Text is compared by code point, and searched regardless of ASCII case.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Uuid, and_, exists, false, func, not_, or_, true

from models.relations import Linked, Many, One, Relation, table_named
from queries.amounts import in_units
from queries.keys import among, these
from queries.scope import visible


@dataclass(frozen=True)
class Compare:
    """A column beside a value."""

    column: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Every:
    """All of these hold; nothing asked, everything holds."""

    parts: "tuple[Condition, ...]" = ()


@dataclass(frozen=True)
class Either:
    """At least one of these holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Condition"


@dataclass(frozen=True)
class Has:
    """At least one related row exists of which this holds."""

    relation: Relation
    part: "Condition"


Condition = Compare | Every | Either | Not | Has
EVERYTHING = Every()


def sql(condition: Condition, table: FromClause) -> ColumnElement[bool]:
    """The condition as SQL about the rows of this table (or alias of one)."""
    match condition:
        case Compare(column, name, value):
            compared, name, value = in_units(table.c[column], name, value)
            return OPERATORS[name](compared, value)
        case Every(parts):
            return and_(true(), *(sql(part, table) for part in parts))
        case Either(parts):
            return or_(false(), *(sql(part, table) for part in parts))
        case Not(part):
            return not_(func.coalesce(sql(part, table), false()))
        case Has(relation, part):
            return _has(relation, part, table)


def size_of(condition: Condition) -> int:
    """How much a condition says: its values, and the characters of its texts."""
    match condition:
        case Compare(value=value):
            return sum(map(_length, value if isinstance(value, tuple) else (value,)), 1)
        case Every(parts) | Either(parts):
            return sum(map(size_of, parts), 1)
        case Not(part) | Has(part=part):
            return 1 + size_of(part)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else 1


def _has(relation: Relation, part: Condition, table: FromClause) -> ColumnElement[bool]:
    other = table_named(relation.table).alias()
    holds = [visible(other), sql(part, other)]
    match relation:
        case One(key=key):
            return exists().where(other.c.id == table.c[key], *holds)
        case Many(by=by):
            return exists().where(other.c[by] == table.c.id, *holds)
        case Linked(link=link, near=near, far=far):
            joint = table_named(link).alias()
            linked = joint.join(other, joint.c[far] == other.c.id)
            return exists().select_from(linked).where(visible(joint), joint.c[near] == table.c.id, *holds)


def _is_in(column: ColumnElement[Any], values: Any) -> ColumnElement[bool]:
    if isinstance(column.type, Uuid):
        return among(column, these(values))
    return column.in_(values)


def _like(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    """Only A to Z are folded, here as in both engines (PostgreSQL's columns have the collation C)."""
    return func.lower(column).like(_lower(pattern), escape="\\")


def _lower(text: str) -> str:
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


OPERATORS: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": operator.eq,
    "ne": lambda column, value: column.is_distinct_from(value),
    "in": _is_in,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "contains": lambda column, value: _like(column, f"%{_literally(value)}%"),
    "startsWith": lambda column, value: _like(column, f"{_literally(value)}%"),
    "isNull": lambda column, value: column.is_(None) if value else column.is_not(None),
}
