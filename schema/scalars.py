"""Custom scalars. DateTime requires a UTC offset, Decimal is exact both ways, and errors describe the format."""

import datetime
import re
import sys
from decimal import Decimal
from typing import Any

from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode
from strawberry import scalar
from strawberry.types.scalar import ScalarDefinition

from inputs.derive import Json


def _serialize_datetime(value: datetime.datetime) -> str:
    if value.tzinfo is not datetime.UTC:
        value = value.astimezone(datetime.UTC)
    return value.isoformat().replace("+00:00", "Z")


def _parse_datetime(text: Any) -> datetime.datetime:
    try:
        value = datetime.datetime.fromisoformat(text)
        if value.tzinfo is not None:
            return value.astimezone(datetime.UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise GraphQLError("A DateTime is written as 2026-01-31T12:00:00Z, with its offset from UTC.")


def _parse_date(text: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except (TypeError, ValueError):
        raise GraphQLError("A Date is written as 2026-01-31.") from None


def _serialize_decimal(value: Decimal) -> str:
    return format(value, "f")


def _parse_decimal(value: Any) -> Decimal:
    """Parse a JSON string or number. Reject a float with more digits than a float can represent: some may be lost."""
    match value:
        case str():
            return _decimal_from_text(value)
        case int() if not isinstance(value, bool) and abs(value) < 10**_MAX_LENGTH:
            return _decimal_from_text(str(value))
        case float() if len(Decimal(repr(value)).as_tuple().digits) <= sys.float_info.dig:
            return _decimal_from_text(repr(value))
    raise GraphQLError(_DECIMAL_ERROR)


def _parse_decimal_literal(node: Any, _variables: Any = None) -> Decimal:
    """Parse a literal of a document, where numbers are text as well."""
    if isinstance(node, IntValueNode | FloatValueNode | StringValueNode):
        return _decimal_from_text(node.value)
    raise GraphQLError(_DECIMAL_ERROR)


def _decimal_from_text(text: str) -> Decimal:
    if len(text) > _MAX_LENGTH or not _DECIMAL_PATTERN.fullmatch(text):
        raise GraphQLError(_DECIMAL_ERROR)
    value = Decimal(text)
    return value or value.copy_abs()  # negative zero becomes zero


_MAX_LENGTH = 40
_DECIMAL_PATTERN = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")
_DECIMAL_ERROR = 'A Decimal is written as "12.50", with at most 40 characters; numbers may have at most 15 digits.'

DATE_TIME: ScalarDefinition = scalar(
    name="DateTime",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    description="A point in time (ISO 8601) with its offset from UTC; returned in UTC.",
    serialize=_serialize_datetime,
    parse_value=_parse_datetime,
)
DATE: ScalarDefinition = scalar(
    name="Date",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    description="A calendar day (ISO 8601), such as 2026-01-31.",
    serialize=datetime.date.isoformat,
    parse_value=_parse_date,
)
DECIMAL: ScalarDefinition = scalar(
    name="Decimal",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
    description='An exact decimal number, returned as text with all decimal places, such as "12.50". Text and numbers '
    "are accepted; use text where a number may lose digits.",
    serialize=_serialize_decimal,
    parse_value=_parse_decimal,
    parse_literal=_parse_decimal_literal,
)
JSON: ScalarDefinition = scalar(
    name="JSON",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
    description="Any JSON object.",
    serialize=lambda value: value,
    parse_value=lambda value: value,
)
SCALARS: dict[object, ScalarDefinition] = {
    datetime.datetime: DATE_TIME,
    datetime.date: DATE,
    Decimal: DECIMAL,
    Json: JSON,
}
