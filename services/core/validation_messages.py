"""The user errors for failed validations: code, message and parameters of every error type that a field can raise."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic_core import ErrorDetails

from services.core.errors import Code, Problem, ProblemParams

_CODES = {
    "required": Code.REQUIRED,
    "string_too_short": Code.TOO_SHORT,
    "string_too_long": Code.TOO_LONG,
    "greater_than": Code.OUT_OF_RANGE,
    "greater_than_equal": Code.OUT_OF_RANGE,
    "less_than": Code.OUT_OF_RANGE,
    "less_than_equal": Code.OUT_OF_RANGE,
    "amount_out_of_range": Code.OUT_OF_RANGE,
}
"""All other types are INVALID."""

_TEXT = "Must be text."
_NUMBER = "Must be a number."
_WHOLE_NUMBER = "Must be a whole number."
_BOOLEAN = "Must be true or false."
_DATE = "Must be a date, such as 2026-12-31."
_TIMESTAMP = "Must be a date and time, such as 2026-12-31T12:00:00Z."
_ID = "Must be a valid id."

MESSAGES = {
    # Pydantic's types
    "string_type": _TEXT,
    "string_unicode": "Contains characters that are not valid Unicode.",
    "string_too_short": "Must have at least {min_length:,} characters.",
    "string_too_long": "Must have at most {max_length:,} characters.",
    "greater_than": "Must be greater than {gt:,}.",
    "greater_than_equal": "Must be at least {ge:,}.",
    "less_than": "Must be less than {lt:,}.",
    "less_than_equal": "Must be at most {le:,}.",
    "finite_number": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_parsing_size": "The number has too many digits.",
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": "Must be a date without a time of day.",
    "datetime_type": _TIMESTAMP,
    "datetime_parsing": _TIMESTAMP,
    "datetime_from_date_parsing": _TIMESTAMP,
    "enum": "Must be one of {allowed}.",
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "dict_type": "Must be a JSON object.",
    # Our own types (services/core/validation.py)
    "required": "A value is required.",
    "line_break": "Must not contain line breaks.",
    "slug": "Must consist of lower-case letters and digits, with single hyphens between them.",
    "email": "Not a valid email address: {reason}.",
    "decimal_places": "Must have at most {scale} digits after the decimal point.",
    "amount_out_of_range": "Must be between -{limit:,f} and {limit:,f}.",
}
FALLBACK_MESSAGE = "Must be a valid value."


def to_problem(error: ErrorDetails, path: tuple[str, ...]) -> Problem:
    """Convert an error of Pydantic's to the problem that is shown to the user."""
    code = _CODES.get(error["type"], Code.INVALID)
    context = error.get("ctx", {})
    allowed = tuple(_QUOTED.findall(context["expected"])) if error["type"] == "enum" else None
    return Problem(code, path, _message(error, context, allowed), _params(code, error["input"], context, allowed))


_QUOTED = re.compile("'([^']*)'")


def _message(error: ErrorDetails, context: Mapping[str, Any], allowed: tuple[str, ...] | None) -> str:
    if error["type"] == "string_too_short" and context["min_length"] == 1:
        return "Must not be empty."
    message = MESSAGES.get(error["type"], FALLBACK_MESSAGE)
    return message.format(**{**context, "allowed": ", ".join(allowed or ())})


def _params(
    code: Code, value: Any, context: Mapping[str, Any], allowed: tuple[str, ...] | None
) -> ProblemParams | None:
    if code is Code.REQUIRED:
        return None
    limit = context.get("limit")
    minimum = context.get("min_length", context.get("ge", None if limit is None else -limit))
    maximum = context.get("max_length", context.get("le", context.get("scale", limit)))
    if code is Code.INVALID:
        return ProblemParams(max=maximum, allowed=allowed, value=_as_text(value))
    return ProblemParams(min=minimum, max=maximum, actual=_size_of(value))


def _as_text(value: Any) -> str | None:
    return None if isinstance(value, dict | list | bytes) else str(value)


def _size_of(value: Any) -> int | Decimal | None:
    """Return the length of a text; a number itself."""
    match value:
        case str():
            return len(value)
        case int() | Decimal():
            return value
        case float():
            return Decimal(str(value))
    return None
