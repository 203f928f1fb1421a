"""The values of a file: from text or JSON to what services take, and back.

Text and JSON follow the same rules as the scalars of the API. Bounds and formats are checked by the services.
"""

import datetime
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from models.choices import Choice
from models.ids import parse_id, public_id
from services.core.transfer.columns import Column

Parser = Callable[[Any], Any]
MAX_INT = 2**31
MAX_DECIMAL_LENGTH = 40
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")
_INT = re.compile(r"-?[0-9]{1,10}")
_BOOLEANS = {"true": True, "false": False}


class InvalidValue(Exception):
    """A value does not have the form that its column requires."""


def parse_value(model: Any, column: Column, value: Any) -> Any:
    """Return the value of a column from its text, or from a JSON value. Raises InvalidValue with the expected form."""
    if value is None:
        return None
    if column.unique is not None:
        return _parse_text(value)
    return parse_id(column.table, _parse_text(value)) if column.table else _find_parser(model, column.field)(value)


def format_value(table: str | None, value: Any) -> Any:
    """Return a value of a row as JSON: an id of `table`, a time, a date, an amount, or as it is."""
    match value:
        case uuid.UUID():
            return public_id(table or "", value)
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
        case datetime.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case Choice():
            return value.value
    return value


@cache
def _find_parser(model: Any, field: str) -> Parser:
    annotation = model.model_fields[field].annotation
    (type_,) = (each for each in getattr(annotation, "__args__", (annotation,)) if each is not type(None))
    if issubclass(type_, Choice):
        return lambda value: _parse_choice(type_, value)
    return _PARSERS[type_]


def _parse_text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValue("Must be text.")
    if "\0" in value:
        raise InvalidValue("Must not contain the character NUL.")
    return value


def _parse_choice(choices: type[Choice], value: Any) -> Choice:
    choice = choices.__members__.get(value) if isinstance(value, str) else None
    if choice is None:
        raise InvalidValue(f"Must be one of {', '.join(choices)}.")
    return choice


def _parse_bool(value: Any) -> bool:
    parsed = _BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(parsed, bool):
        raise InvalidValue("Must be true or false.")
    return parsed


def _parse_int(value: Any) -> int:
    if isinstance(value, str) and _INT.fullmatch(value.strip()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -MAX_INT <= value < MAX_INT:
        raise InvalidValue("Must be an integer of 32 bits.")
    return value


def _parse_decimal(value: Any) -> Decimal:
    is_exact = not isinstance(value, float) or len(Decimal(repr(value)).as_tuple().digits) <= sys.float_info.dig
    text = value.strip() if isinstance(value, str) else repr(value)
    if not is_exact or len(text) > MAX_DECIMAL_LENGTH or not _DECIMAL.fullmatch(text):
        raise InvalidValue('Must be a decimal number such as "12.50".')
    return Decimal(text) or Decimal(0)  # negative zero becomes zero


def _parse_date(value: Any) -> datetime.date:
    try:
        if _DATE.fullmatch(value.strip()):
            return datetime.date.fromisoformat(value.strip())
    except (AttributeError, ValueError):
        pass
    raise InvalidValue("Must be a date such as 2026-01-31.")


def _parse_time(value: Any) -> datetime.datetime:
    try:
        time = datetime.datetime.fromisoformat(value)
        if time.tzinfo is not None:
            return time.astimezone(datetime.UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InvalidValue("Must be a time with its offset from UTC, such as 2026-01-31T12:00:00Z.")


_PARSERS: Mapping[Any, Parser] = {
    str: _parse_text,
    bool: _parse_bool,
    int: _parse_int,
    Decimal: _parse_decimal,
    datetime.date: _parse_date,
    datetime.datetime: _parse_time,
}
