"""Scalars of our own: a point in time says its offset, so that it means one moment; a decimal number stays exact, from
the client's text to the answer's; and errors say what to write."""

import datetime
import re
import sys
from decimal import Decimal
from typing import Any

from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode
from strawberry import scalar
from strawberry.types.scalar import ScalarDefinition

from schema.inputs.derive import Json


def _write(moment: datetime.datetime) -> str:
    if moment.tzinfo is not datetime.UTC:
        moment = moment.astimezone(datetime.UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _read(text: Any) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(datetime.UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise GraphQLError("A DateTime is written as 2026-01-31T12:00:00Z, with its offset from UTC.")


def _read_day(text: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except (TypeError, ValueError):
        raise GraphQLError("A Date is written as 2026-01-31.") from None


def _write_decimal(value: Decimal) -> str:
    return format(value, "f")


def _read_decimal(value: Any) -> Decimal:
    """From text, or from a number as JSON has it. A float of more digits than it can hold is not what was sent."""
    match value:
        case str():
            return _parsed(value)
        case int() if not isinstance(value, bool) and abs(value) < 10**_LONGEST:
            return _parsed(str(value))
        case float() if len(Decimal(repr(value)).as_tuple().digits) <= sys.float_info.dig:
            return _parsed(repr(value))
    raise GraphQLError(_NO_DECIMAL)


def _read_decimal_literal(node: Any, _variables: Any = None) -> Decimal:
    """From a document, where numbers are text as well."""
    if isinstance(node, IntValueNode | FloatValueNode | StringValueNode):
        return _parsed(node.value)
    raise GraphQLError(_NO_DECIMAL)


def _parsed(text: str) -> Decimal:
    if len(text) > _LONGEST or not _DECIMAL.fullmatch(text):
        raise GraphQLError(_NO_DECIMAL)
    value = Decimal(text)
    return value or value.copy_abs()  # there is but one zero


_LONGEST = 40
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")
_NO_DECIMAL = (
    'A Decimal is written as "12.50", with at most 40 characters; a number is taken if it has at most 15 digits.'
)

DATE_TIME: ScalarDefinition = scalar(
    name="DateTime",
    description="A point in time (ISO 8601) with its offset from UTC; answered in UTC.",
    serialize=_write,
    parse_value=_read,
)
DATE: ScalarDefinition = scalar(
    name="Date",
    description="A calendar day (ISO 8601), such as 2026-01-31.",
    serialize=datetime.date.isoformat,
    parse_value=_read_day,
)
DECIMAL: ScalarDefinition = scalar(
    name="Decimal",
    description='An exact decimal number, answered as text with all its places, such as "12.50". Text and numbers are '
    "taken; write text where a number may lose digits.",
    serialize=_write_decimal,
    parse_value=_read_decimal,
    parse_literal=_read_decimal_literal,
)
JSON: ScalarDefinition = scalar(
    name="JSON",
    description="Names and values of any shape, as JSON has them.",
    serialize=lambda value: value,
    parse_value=lambda value: value,
)
SCALARS: dict[object, ScalarDefinition] = {
    datetime.datetime: DATE_TIME,
    datetime.date: DATE,
    Decimal: DECIMAL,
    Json: JSON,
}
