"""Functions that statements use on SQLite, where PostgreSQL has its own (queries/exact_numbers.py and
queries/calendar_units.py)."""

import datetime
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

TEXT_OFFSET = 10**38
"""It is added to an exact number that is stored as text, so that the text is never negative."""
TEXT_DIGITS = 39


def exact_quotient(high: int | None, low: int | None, divisor: int, factor: int) -> str | None:
    """Return a sum of integers times the factor, divided by the divisor and rounded half to even, as text. The sum
    consists of those of the upper and of the lower 32 bits."""
    if high is None or low is None:
        return None
    quotient, rest = divmod(((high << 32) + low) * factor, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and quotient % 2):
        quotient += 1
    return f"{quotient + TEXT_OFFSET:0{TEXT_DIGITS}}"


def first_local_day(timestamp: str | None, unit: str, zone: str) -> str | None:
    """Return the first day of the day, week or month in a time zone. The timestamp is in UTC, without an offset."""
    if timestamp is None:
        return None
    time = datetime.datetime.fromisoformat(timestamp)
    try:
        day = time.replace(tzinfo=datetime.UTC).astimezone(ZoneInfo(zone)).date()
    except OverflowError:  # the first or the last day that Python knows
        day = time.date()
    if unit == "week":
        day -= datetime.timedelta(days=day.weekday())
    elif unit == "month":
        day = day.replace(day=1)
    return day.isoformat()


_FUNCTIONS: tuple[Callable[..., Any], ...] = (exact_quotient, first_local_day)


async def register_functions(connection: Any) -> None:
    """Make the functions known to a connection of the driver."""
    for function in _FUNCTIONS:
        parameter_count = function.__code__.co_argcount
        await connection.create_function(function.__name__, parameter_count, function, deterministic=True)
