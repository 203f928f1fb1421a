"""The order of a list, and its cursors.

A cursor contains the values of all sort columns and the id of the row it was created from, so a page starts at the same
position even if that row has been deleted. It is opaque to clients and valid only for the order it was created with.
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
    """The direction in which a column is sorted."""

    ASC = "ASC"
    DESC = "DESC"

    @property
    def opposite(self) -> "Direction":
        return Direction.DESC if self is Direction.ASC else Direction.ASC


class Nulls(StrEnum):
    """The position of rows whose value is null."""

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


class InvalidCursor(Exception):
    """The cursor is malformed or was created with another order."""


def with_tiebreaker(sorts: Sequence[Sort]) -> Order:
    """Return a total order: drop repeated columns and append the id, in the direction of the last column."""
    if not sorts:
        return NEWEST_FIRST
    unique: dict[str, Sort] = {}
    for sort in sorts:
        unique.setdefault(sort.column, sort)
    order = tuple(unique.values())
    return order if "id" in unique else (*order, Sort("id", order[-1].direction))


def sort_expression(table: FromClause, column: str) -> ColumnElement[Any]:
    """Return the expression that a column is sorted by: an enum by its rank (LOW before HIGH), others by value."""
    sorted_column = table.c[column]
    if isinstance(sorted_column.type, Enum) and sorted_column.type.enum_class is not None:
        ranks = {member: rank for rank, member in enumerate(sorted_column.type.enum_class)}
        return case(ranks, value=sorted_column, else_=None).cast(Integer)
    return sorted_column


def is_nullable(column: ColumnElement[Any]) -> bool:
    """Return whether a column may be null. One that a statement computes, such as a rank, is never null."""
    return bool(getattr(column, "nullable", False))


def encode_cursor(order: Order, row: Any) -> str:
    """Return the cursor of a row in this order."""
    values = [_to_json_value(getattr(row, sort.column)) for sort in order]
    return base64.urlsafe_b64encode(orjson.dumps([_order_signature(order), *values])).decode().rstrip("=")


def decode_cursor(order: Order, table: FromClause, cursor: str) -> tuple[Any, ...]:
    """Return the values in a cursor, one per column of the order. Raise InvalidCursor if it is not valid."""
    try:
        signature, *values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if signature != _order_signature(order) or len(values) != len(order):
            raise InvalidCursor
        return tuple(_from_json_value(table.c[sort.column], value) for sort, value in zip(order, values, strict=True))
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error) as error:
        raise InvalidCursor from error


def _order_signature(order: Order) -> str:
    return ",".join(f"{sort.column}:{sort.direction[0]}{sort.nulls[0]}" for sort in order)


def _to_json_value(value: Any) -> Any:
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


def _from_json_value(column: Any, value: Any) -> Any:
    """Convert a value of a cursor to the Python type of its column. Raise ValueError if that is not possible."""
    if value is None and is_nullable(column):
        return None
    value_type = _value_type(column.type)
    parse = _PARSERS.get(value_type)
    if type(value) is not (str if parse else value_type) or not _is_storable(value):
        raise ValueError(value)
    converted: Any = parse(value) if parse else value
    if isinstance(column.type, Money):
        column.type.to_minor_units(converted)  # raises ValueError if the column cannot store the amount
    return converted


def _value_type(column_type: Any) -> type:
    """Return the Python type of a column's values; for a type decorator without one, that of the decorated type."""
    if isinstance(column_type, Enum):
        return int
    python_type: type = column_type.python_type
    return column_type.impl.python_type if python_type is object else python_type


def _parse_timestamp(text: str) -> datetime.datetime:
    """Parse a timestamp and convert it to UTC. Raise OverflowError if that is not within the years 1 to 9999."""
    timestamp = datetime.datetime.fromisoformat(text)
    if timestamp.tzinfo is None:
        raise ValueError(text)
    return timestamp.astimezone(datetime.UTC)


def _is_storable(value: Any) -> bool:
    return "\0" not in value if isinstance(value, str) else abs(value) < 2**31


_PARSERS: dict[type, Callable[[Any], Any]] = {
    uuid.UUID: lambda value: uuid.UUID(hex=value),
    datetime.datetime: _parse_timestamp,
    datetime.date: datetime.date.fromisoformat,
    Decimal: Decimal,
}
