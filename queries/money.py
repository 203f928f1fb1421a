"""Comparisons of amounts of money in minor units, correct also for values that are no multiple of a minor unit."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, type_coerce

from models.money import Money


def to_minor_units(column: ColumnElement[Any], operator: str, value: Any) -> tuple[ColumnElement[Any], str, Any]:
    """Translate a comparison of money to integers: `>= 1.005` becomes `> 100`, for example. Return others unchanged."""
    money_type = column.type
    if not isinstance(money_type, Money) or operator == "isNull":
        return column, operator, value
    units = type_coerce(column, BigInteger)
    return (units, *_TRANSLATIONS[operator](money_type, operator, value))


def _exact_units(money_type: Money, value: Decimal) -> int:
    """Return the minor units, or a value out of range, which equals no row, if the value is not exact."""
    lower, upper = money_type.surrounding_units(value)
    return lower if lower == upper else 10**money_type.precision


def _translate_equality(money_type: Money, operator: str, value: Decimal) -> tuple[str, int]:
    return operator, _exact_units(money_type, value)


def _translate_in(money_type: Money, operator: str, values: tuple[Decimal, ...]) -> tuple[str, tuple[int, ...]]:
    return operator, tuple(_exact_units(money_type, value) for value in values)


def _translate_greater(money_type: Money, operator: str, value: Decimal) -> tuple[str, int]:
    lower, upper = money_type.surrounding_units(value)
    return operator if lower == upper else "gt", lower


def _translate_less(money_type: Money, operator: str, value: Decimal) -> tuple[str, int]:
    lower, upper = money_type.surrounding_units(value)
    return operator if lower == upper else "lt", upper


_TRANSLATIONS: dict[str, Callable[[Money, str, Any], tuple[str, Any]]] = {
    "eq": _translate_equality,
    "ne": _translate_equality,
    "in": _translate_in,
    "notIn": _translate_in,
    "gt": _translate_greater,
    "gte": _translate_greater,
    "lt": _translate_less,
    "lte": _translate_less,
}
