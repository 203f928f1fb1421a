"""Cursors: positions in a list.

A cursor contains the values of all sort columns and the id of the row it was created from, so a page starts at the same
position even if that row has been deleted. It is opaque to clients and valid only for the order it was created with.
"""

import base64
import binascii
import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Enum, FromClause

from models.choices import Choice
from models.money import Money
from models.relations import HasMany, HasManyThrough, ManyToMany
from queries.order import Order, Sort, value_names
from queries.sort_values import is_nullable, type_of_value


class InvalidCursor(Exception):
    """The cursor is malformed or was created with another order."""


def encode_cursor(order: Order, row: Any) -> str:
    """Return the cursor of a row in this order."""
    values = [_to_json_value(getattr(row, name)) for name in value_names(order)]
    return base64.urlsafe_b64encode(orjson.dumps([_order_signature(order), *values])).decode().rstrip("=")


def decode_cursor(order: Order, table: FromClause, cursor: str) -> tuple[Any, ...]:
    """Return the values in a cursor, one for each value of the order. Raise InvalidCursor if it is not valid."""
    try:
        signature, *values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if signature != _order_signature(order) or len(values) != len(order):
            raise InvalidCursor
        return tuple(_from_json_value(sort, table, value) for sort, value in zip(order, values, strict=True))
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error) as error:
        raise InvalidCursor from error


def _order_signature(order: Order) -> str:
    return ",".join(f"{_describe_value(sort)}:{sort.direction[0]}{sort.nulls[0]}" for sort in order)


def _describe_value(sort: Sort) -> str:
    match sort.counted:
        case (
            HasMany(table=table, fk=key)
            | HasManyThrough(table=table, through=key)
            | ManyToMany(table=table, link_table=key)
        ):
            return ".".join([*(relation.fk for relation in sort.path), table, key])
    return ".".join([*(relation.fk for relation in sort.path), sort.column])


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


def _from_json_value(sort: Sort, table: FromClause, value: Any) -> Any:
    """Convert a value of a cursor to the Python type that it has in rows. Raise ValueError if that is not possible."""
    if value is None and is_nullable(sort, table):
        return None
    column_type = type_of_value(sort, table)
    value_type = _value_type(column_type)
    parse = _PARSERS.get(value_type)
    if type(value) is not (str if parse else value_type) or not _is_storable(value):
        raise ValueError(value)
    converted: Any = parse(value) if parse else value
    if isinstance(column_type, Money):
        column_type.to_minor_units(converted)  # raises ValueError if the column cannot store the amount
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
