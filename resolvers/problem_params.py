"""The parameters of user errors, from which front ends write messages in their own language."""

from dataclasses import dataclass
from decimal import Decimal

from services.core.errors import ProblemParams

MAX_VALUE_LENGTH = 100
"""In characters. A longer value is truncated: the client knows what it has sent."""


@dataclass(frozen=True, slots=True)
class UserErrorParams:
    """What the message of a user error is made of. Values that it does not mention are null."""

    min: Decimal | None
    max: Decimal | None
    actual: Decimal | None
    available: Decimal | None
    allowed: tuple[str, ...] | None
    current_version: int | None
    value: str | None


def to_user_error_params(params: ProblemParams | None) -> UserErrorParams | None:
    """Convert the parameters of a problem.."""
    if params is None:
        return None
    numbers = (params.min, params.max, params.actual, params.available)
    minimum, maximum, actual, available = map(_to_decimal, numbers)
    value = None if params.value is None else _shorten(params.value)
    return UserErrorParams(minimum, maximum, actual, available, params.allowed, params.current_version, value)


def _to_decimal(number: int | Decimal | None) -> Decimal | None:
    """Convert a number; None if it is not finite."""
    decimal = None if number is None else Decimal(number)
    return decimal if decimal is not None and decimal.is_finite() else None


def _shorten(value: str) -> str:
    shortened = value if len(value) <= MAX_VALUE_LENGTH else f"{value[: MAX_VALUE_LENGTH - 1]}…"
    return shortened.encode(errors="replace").decode()
