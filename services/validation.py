"""Input checked against the model's own fields: types, bounds and shapes, every problem at once.

SQLModel does not validate table classes, so each field becomes a Pydantic adapter here, made from its declaration.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from models.fields import extra
from models.money import Money
from services.errors import Code, Problem, Refused

LONGEST_ADDRESS = 400
"""Characters that are looked at: whatever is longer is no address."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CODES = {
    "required": Code.REQUIRED,
    "string_too_short": Code.TOO_SHORT,
    "string_too_long": Code.TOO_LONG,
    "greater_than": Code.OUT_OF_RANGE,
    "greater_than_equal": Code.OUT_OF_RANGE,
    "less_than": Code.OUT_OF_RANGE,
    "less_than_equal": Code.OUT_OF_RANGE,
    "too_much": Code.OUT_OF_RANGE,
}


def checked(model: Any, values: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """These values as the model's fields take them; Refused, with every problem, if they cannot be.

    `path` is where in the mutation's arguments the values were.
    """
    clean, problems = {}, []
    for name, value in values.items():
        try:
            clean[name] = _adapter(model, name).validate_python(value)
        except ValidationError as error:
            problems += [_problem(detail, (*path, name)) for detail in error.errors(include_url=False)]
    if problems:
        raise Refused(*problems)
    return clean


def problems_of(model: Any, values: Mapping[str, Any], *path: str) -> tuple[Problem, ...]:
    """What `checked` would refuse them for."""
    try:
        checked(model, values, *path)
    except Refused as refused:
        return refused.problems
    return ()


@cache
def _adapter(model: Any, name: str) -> TypeAdapter[Any]:
    info = model.model_fields[name]
    validators = list(_validators(info))
    if type(None) not in getattr(info.annotation, "__args__", ()):
        validators.append(BeforeValidator(_given))
    kind: Any = Annotated[info.annotation, *info.metadata, *validators]
    return TypeAdapter(kind)


def _validators(info: Any) -> Iterator[Any]:
    """What is asked beside the bounds. Those before run last to first, so they see the raw value."""
    if extra(info, "line"):
        yield BeforeValidator(_stripped)
        yield AfterValidator(_one_line)
    if extra(info, "trimmed"):
        yield BeforeValidator(_stripped)
    if extra(info, "slug"):
        yield BeforeValidator(_stripped)
        yield AfterValidator(_slug)
    if extra(info, "email"):
        yield BeforeValidator(_stripped)
        yield AfterValidator(_address)
    if places := extra(info, "money"):
        yield AfterValidator(partial(_amount, Money(**places)))


def _given(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("required", "A value must be given")
    return value


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _one_line(value: str | None) -> str | None:
    if value is not None and len(value.splitlines()) > 1:
        raise PydanticCustomError("line_break", "Text should be a single line")
    return value


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise PydanticCustomError("slug", "Use lower-case letters, digits and single dashes between them")
    return value


def _address(value: str | None) -> str | None:
    """The address in lower case. Reserved names such as `.test` are let through: nobody is harmed by them."""
    if value is None:
        return None
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError as problem:
        raise PydanticCustomError("email", "Not an e-mail address: {reason}", {"reason": str(problem)}) from None


def _amount(kind: Money, value: Decimal | None) -> Decimal | None:
    """The amount with all its places. More of them than there are is refused rather than rounded."""
    if value is None:
        return None
    lower, upper = kind.around(value)
    if lower != upper:
        raise PydanticCustomError("places", "At most {scale} digits may be behind the point", {"scale": kind.scale})
    if abs(lower) >= 10**kind.digits:
        most = kind.amount(10**kind.digits - 1)
        raise PydanticCustomError("too_much", "Amounts go from -{most} to {most}", {"most": f"{most:,f}"})
    return kind.amount(lower)


def plain_address(text: str) -> str:
    """The address as it is kept, for looking somebody up; what is none is nobody's."""
    try:
        return _address(_stripped(text[:LONGEST_ADDRESS])) or ""
    except PydanticCustomError:
        return ""


def _problem(detail: ErrorDetails, path: tuple[str, ...]) -> Problem:
    return Problem(_CODES.get(detail["type"], Code.INVALID), path, f"{detail['msg']}.".replace("..", "."))
