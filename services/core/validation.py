"""Validation of input values against the fields of a model: types, bounds and formats, all problems at once.

SQLModel does not validate table classes, so this builds a Pydantic adapter for each field from its declaration.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, Any

from email_validator import EmailNotValidError
from email_validator import validate_email as parse_email
from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from models.fields import schema_extra
from models.money import Money
from services.core.errors import Problem, Rejected
from services.core.validation_messages import to_problem

MAX_EMAIL_LENGTH = 400
"""Longer text is not parsed as an address; it cannot be a valid one."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def validate(model: Any, values: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """Return the values as the model's fields accept them. Raises Rejected with every problem if they are invalid.

    `path` is the position of the values in the mutation's arguments.
    """
    clean, problems = check_values(model, values, *path)
    if problems:
        raise Rejected(*problems)
    return clean


def check_values(model: Any, values: Mapping[str, Any], *path: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the valid values as the model's fields accept them, and the problems of the others."""
    clean: dict[str, Any] = {}
    problems: list[Problem] = []
    validators = _validators_of(model)
    for name, value in values.items():
        try:
            clean[name] = validators[name](value)
        except ValidationError as error:
            problems += [to_problem(details, (*path, name)) for details in error.errors(include_url=False)]
    return clean, problems


def normalize_email(text: str) -> str:
    """Return an email address as it is stored, to look up a user. Return an empty string if it is invalid."""
    try:
        return _validate_email(_strip(text)) or "" if len(text) <= MAX_EMAIL_LENGTH else ""
    except PydanticCustomError:
        return ""


@cache
def _validators_of(model: Any) -> dict[str, Callable[[Any], Any]]:
    """Return the functions that validate the values of the model's fields. They are those of the adapters' cores, since
    `TypeAdapter.validate_python` takes as long again to pass its options on."""
    return {name: _build_adapter(info).validator.validate_python for name, info in model.model_fields.items()}


def _build_adapter(info: Any) -> TypeAdapter[Any]:
    validators = list(_validators(info))
    if type(None) not in getattr(info.annotation, "__args__", ()):
        validators.append(BeforeValidator(_require_value))
    field_type: Any = Annotated[info.annotation, *info.metadata, *validators]
    return TypeAdapter(field_type)


def _validators(info: Any) -> Iterator[Any]:
    """Return the checks that the bounds do not express. Pydantic runs the last of the `BeforeValidator`s first, so they
    see the raw value."""
    if schema_extra(info, "single_line"):
        yield BeforeValidator(_strip)
        yield AfterValidator(_require_single_line)
    if schema_extra(info, "trimmed"):
        yield BeforeValidator(_strip)
    if schema_extra(info, "slug"):
        yield BeforeValidator(_strip)
        yield AfterValidator(_require_slug)
    if schema_extra(info, "email"):
        yield BeforeValidator(_strip)
        yield AfterValidator(_validate_email)
    if money := schema_extra(info, "money"):
        yield AfterValidator(partial(_validate_amount, Money(**money)))


def _build_error(error_type: str, **context: Any) -> PydanticCustomError:
    """Build an error whose message is in `services/core/validation_messages.py`."""
    return PydanticCustomError(error_type, error_type, context)


def _require_value(value: Any) -> Any:
    if value is None:
        raise _build_error("required")
    return value


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _require_single_line(value: str | None) -> str | None:
    if value is not None and len(value.splitlines()) > 1:
        raise _build_error("line_break")
    return value


def _require_slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise _build_error("slug")
    return value


def _validate_email(value: str | None) -> str | None:
    """Return the address in lower case. Reserved domains such as `.test` are accepted."""
    if value is None:
        return None
    try:
        return parse_email(value, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError as error:
        raise _build_error("email", reason=str(error).rstrip(".")) from None


def _validate_amount(money: Money, value: Decimal | None) -> Decimal | None:
    """Return the amount with all decimal places. An amount with too many places is rejected, not rounded."""
    if value is None:
        return None
    lower, upper = money.surrounding_units(value)
    if lower != upper:
        raise _build_error("decimal_places", scale=money.scale)
    if abs(lower) >= 10**money.precision:
        raise _build_error("amount_out_of_range", limit=money.from_minor_units(10**money.precision - 1))
    return money.from_minor_units(lower)
