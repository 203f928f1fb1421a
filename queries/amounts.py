"""Conditions on amounts of money, in the units that the database keeps: right also with values that no row can have."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, type_coerce

from models.money import Money


def in_units(column: ColumnElement[Any], operator: str, value: Any) -> tuple[ColumnElement[Any], str, Any]:
    """The same comparison between whole numbers. Between two units, greater means greater than the lower of them."""
    kind = column.type
    if not isinstance(kind, Money) or operator == "isNull":
        return column, operator, value
    units = type_coerce(column, BigInteger)
    return (units, *_TRANSLATIONS[operator](kind, operator, value))


def _exact(kind: Money, value: Decimal) -> int:
    """The units, or what no row has where it lies between two."""
    lower, upper = kind.around(value)
    return lower if lower == upper else 10**kind.digits


def _equal(kind: Money, operator: str, value: Decimal) -> tuple[str, int]:
    return operator, _exact(kind, value)


def _among(kind: Money, operator: str, values: tuple[Decimal, ...]) -> tuple[str, tuple[int, ...]]:
    return operator, tuple(_exact(kind, value) for value in values)


def _greater(kind: Money, operator: str, value: Decimal) -> tuple[str, int]:
    lower, upper = kind.around(value)
    return operator if lower == upper else "gt", lower


def _smaller(kind: Money, operator: str, value: Decimal) -> tuple[str, int]:
    lower, upper = kind.around(value)
    return operator if lower == upper else "lt", upper


_TRANSLATIONS: dict[str, Callable[[Money, str, Any], tuple[str, Any]]] = {
    "eq": _equal,
    "ne": _equal,
    "in": _among,
    "gt": _greater,
    "gte": _greater,
    "lt": _smaller,
    "lte": _smaller,
}
