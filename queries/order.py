"""The order of a list, and the place in it that a cursor marks.

A cursor holds the values of all sort columns and the id of the row it was made from, so a page starts at that place
even when the row itself has gone. It is opaque to clients, and good only for the order it was made with.
"""

import base64
import binascii
import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Enum, FromClause, Integer, case

from models.choices import Choice
from models.money import Money


class Direction(StrEnum):
    """Which way a column is sorted."""

    ASC = "ASC"
    DESC = "DESC"

    @property
    def opposite(self) -> "Direction":
        return Direction.DESC if self is Direction.ASC else Direction.ASC


class Nulls(StrEnum):
    """Where rows without a value go."""

    FIRST = "FIRST"
    LAST = "LAST"

    @property
    def opposite(self) -> "Nulls":
        return Nulls.LAST if self is Nulls.FIRST else Nulls.FIRST


@dataclass(frozen=True)
class Sort:
    """One column of an order."""

    column: str
    direction: Direction = Direction.ASC
    nulls: Nulls = Nulls.LAST

    @property
    def reversed(self) -> "Sort":
        return Sort(self.column, self.direction.opposite, self.nulls.opposite)


Order = tuple[Sort, ...]
NEWEST_FIRST: Order = (Sort("id", Direction.DESC),)


class BadCursor(Exception):
    """The cursor is malformed, or was made by a list of another order."""


def complete(sorts: Sequence[Sort]) -> Order:
    """The order made total: the id decides between equals, in the direction of the last column."""
    if not sorts:
        return NEWEST_FIRST
    unique: dict[str, Sort] = {}
    for sort in sorts:
        unique.setdefault(sort.column, sort)
    kept = tuple(unique.values())
    return kept if "id" in unique else (*kept, Sort("id", kept[-1].direction))


def sortable(table: FromClause, column: str) -> ColumnElement[Any]:
    """What a column is sorted by: a choice by its rank (LOW before HIGH), anything else by itself."""
    found = table.c[column]
    if isinstance(found.type, Enum) and found.type.enum_class is not None:
        ranks = {member: rank for rank, member in enumerate(found.type.enum_class)}
        return case(ranks, value=found, else_=None).cast(Integer)
    return found


def cursor_of(order: Order, row: Any) -> str:
    """The cursor that marks this row's place in the order."""
    values = [_plain(getattr(row, sort.column)) for sort in order]
    return base64.urlsafe_b64encode(orjson.dumps([_sign(order), *values])).decode().rstrip("=")


def place_of(order: Order, table: FromClause, cursor: str) -> tuple[Any, ...]:
    """The values that a cursor marks, one for each column of the order; BadCursor if it is none of ours."""
    try:
        sign, *values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if sign != _sign(order) or len(values) != len(order):
            raise BadCursor
        return tuple(_typed(table.c[sort.column], value) for sort, value in zip(order, values, strict=True))
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error) as problem:
        raise BadCursor from problem


def _sign(order: Order) -> str:
    return ",".join(f"{sort.column}:{sort.direction[0]}{sort.nulls[0]}" for sort in order)


def _plain(value: Any) -> Any:
    match value:
        case Choice():
            return list(type(value)).index(value)
        case uuid.UUID():
            return value.hex
        case Decimal():
            return format(value, "f")
        case datetime.date():
            return value.isoformat()
    return value


def _typed(column: Any, value: Any) -> Any:
    """A value from a cursor as the type it is compared with; ValueError if it cannot be."""
    if value is None and column.nullable:
        return None
    wanted = _kind(column.type)
    parse = _PARSERS.get(wanted)
    if type(value) is not (str if parse else wanted) or not _storable(value):
        raise ValueError(value)
    typed: Any = parse(value) if parse else value
    if isinstance(column.type, Money):
        column.type.units(typed)
    return typed


def _kind(column_type: Any) -> type:
    """What a column's values are in Python. A decorated type that does not say holds what the type within does."""
    if isinstance(column_type, Enum):
        return int
    kind: type = column_type.python_type
    return column_type.impl.python_type if kind is object else kind


def _moment(text: str) -> datetime.datetime:
    """A point in time in UTC; OverflowError, where that would be before the year 1 or after 9999."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(datetime.UTC)


def _storable(value: Any) -> bool:
    return "\0" not in value if isinstance(value, str) else abs(value) < 2**31


_PARSERS: dict[type, Callable[[Any], Any]] = {
    uuid.UUID: lambda value: uuid.UUID(hex=value),
    datetime.datetime: _moment,
    datetime.date: datetime.date.fromisoformat,
    Decimal: Decimal,
}
