"""The values of columns in the file of an export: as JSON, and back. Each value that is read has the column's type."""

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Enum, Integer, String, Uuid

from models.base import UTCDateTime
from models.money import Money

JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


class InvalidValue(Exception):
    """A value does not have the type of its column."""


def encode_line(value: Mapping[str, Any]) -> bytes:
    """Return a line of JSON. Ids, times, dates and choices are text, and amounts too."""
    return orjson.dumps(value, default=_encode, option=JSON_OPTIONS)


def decode_value(column: Column[Any], value: Any) -> Any:
    """Return the value of a column from its JSON. Raises InvalidValue."""
    if value is None:
        if not column.nullable:
            raise InvalidValue("must not be null")
        return None
    try:
        return decoder_of(column)(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise InvalidValue(str(error) or "is malformed") from None


@cache
def decoder_of(column: Column[Any]) -> Callable[[Any], Any]:
    """Return the function that decodes values of a column. TypeError if no export can contain its type."""
    kind = column.type
    if isinstance(kind, Money):
        return lambda value: _decode_money(kind, value)
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class
    if isinstance(kind, String):
        return lambda value: _decode_text(kind.length, value)
    for base in type(kind).__mro__:
        if base in _DECODERS:
            return _DECODERS[base]
    raise TypeError(f"server/tenant_data/values.py cannot decode {kind!r} of {column}")


def _encode(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):  # asyncpg's subclass, which the encoder does not know
        return str(value)
    raise TypeError(f"{type(value)} is not a value of an export")


def _decode_money(kind: Money, value: Any) -> Decimal:
    try:
        amount = Decimal(_text(value))
    except InvalidOperation:
        raise ValueError("is not an amount") from None
    return kind.from_minor_units(kind.to_minor_units(amount))


def _decode_text(length: int | None, value: Any) -> str:
    text = _text(value)
    if length is not None and len(text) > length:
        raise ValueError(f"is longer than {length:,} characters")
    return text


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("is not text")
    if "\0" in value:
        raise ValueError("contains the character NUL")
    return value


def _decode_id(value: Any) -> UUID:
    return UUID(_text(value))


def _decode_time(value: Any) -> datetime.datetime:
    time = datetime.datetime.fromisoformat(_text(value))
    if time.tzinfo is None:
        raise ValueError("has no offset from UTC")
    return time.astimezone(datetime.UTC)


def _decode_date(value: Any) -> datetime.date:
    return datetime.date.fromisoformat(_text(value))


def _decode_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("is not true or false")
    return value


def _decode_integer(bits: int) -> Callable[[Any], int]:
    def decode(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            raise TypeError(f"is not an integer of {bits} bits")
        return value

    return decode


def _decode_json(value: Any) -> Any:
    if not isinstance(value, dict | list):
        raise TypeError("is neither a JSON object nor a list")
    if b"\\u0000" in orjson.dumps(value):
        raise ValueError("contains the character NUL")
    return value


_DECODERS: Mapping[type, Callable[[Any], Any]] = {
    Uuid: _decode_id,
    UTCDateTime: _decode_time,
    Date: _decode_date,
    Boolean: _decode_boolean,
    BigInteger: _decode_integer(64),
    Integer: _decode_integer(32),
    JSON: _decode_json,
}
