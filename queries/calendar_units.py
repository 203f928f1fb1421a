"""The first day of the day, week or month that a date or a point in time belongs to, in a time zone."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime
from sqlalchemy import column as name_only
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

UTC = "UTC"
_SQLITE_MODIFIERS = {"'day'": "", "'week'": ", '-6 days', 'weekday 1'", "'month'": ", 'start of month'"}


class UnknownTimeZone(Exception):
    """The database does not know a time zone that Python knows."""

    def __init__(self, zone: str) -> None:
        super().__init__(f"The database does not know the time zone `{zone}` in `groupBy`. Pass another one.")


class CalendarUnit(StrEnum):
    """A unit of the calendar that dates are grouped by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class first_day_of(FunctionElement[Any]):  # noqa: N801 -- a SQL function
    """`first_day_of(column, unit, zone)`: the first day of the unit. A date has no zone. Unit and zone are no
    parameters, because PostgreSQL must recognize the expression in SELECT as that in GROUP BY; as names, they are part
    of the key by which SQLAlchemy caches statements. Both come from fixed lists."""

    name = "first_day_of"
    type = Date()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], unit: CalendarUnit, zone: str) -> None:
        if not set(zone) <= _ZONE_CHARACTERS:
            raise ValueError(zone)
        super().__init__(column, name_only(unit), name_only(zone))


_ZONE_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")


@compiles(first_day_of)
def _compile_first_day(element: first_day_of, compiler: SQLCompiler, **options: Any) -> str:
    column, unit, zone = _arguments(element, compiler, options)
    local = f"{column} AT TIME ZONE {zone}" if _is_time(element) else f"CAST({column} AS TIMESTAMP)"
    # PostgreSQL's dates may be outside of the years 1 to 9999, and the driver stores the first and the last day of
    # these years as infinite. LEAST and GREATEST ignore nulls.
    local = f"greatest(least({local}, TIMESTAMP '9999-12-31'), TIMESTAMP '0001-01-01')"
    return f"CASE WHEN {column} IS NOT NULL THEN CAST(date_trunc({unit}, {local}) AS DATE) END"


@compiles(first_day_of, "sqlite")
def _compile_first_day_sqlite(element: first_day_of, compiler: SQLCompiler, **options: Any) -> str:
    column, unit, zone = _arguments(element, compiler, options)
    if _is_time(element) and zone != f"'{UTC}'":
        return f"first_local_day({column}, {unit}, {zone})"
    return f"date({column}{_SQLITE_MODIFIERS[unit]})"


def _arguments(element: first_day_of, compiler: SQLCompiler, options: dict[str, Any]) -> tuple[str, str, str]:
    """Return the SQL of column, unit and zone."""
    column, unit, zone = element.clauses
    return compiler.process(column, **options), f"'{unit.name}'", f"'{zone.name}'"


def _is_time(element: first_day_of) -> bool:
    column = next(iter(element.clauses))
    return isinstance(getattr(column.type, "impl_instance", column.type), DateTime)
