"""Amounts of money: `Decimal` in Python, an integer number of minor units (cents, for example) in the database.

This makes them exact on both databases (SQLite has no decimal type), and keyset pagination can use their indexes under
row-level security.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

MAX_PRECISION = 18
"""The largest number of digits that fits into a 64-bit integer."""


class Money(TypeDecorator[Decimal]):
    """A decimal with `precision` digits, `scale` of them after the decimal point."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        if not 0 <= scale <= precision <= MAX_PRECISION:
            raise ValueError(f"at most {MAX_PRECISION} digits, and a scale between 0 and the precision")
        super().__init__()
        self.precision = precision
        self.scale = scale

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    def process_bind_param(self, value: Any, _dialect: Dialect) -> int | None:
        return None if value is None else self.to_minor_units(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> Decimal | None:
        """Convert minor units to an amount. PostgreSQL returns sums as Decimal, hence the int()."""
        return None if value is None else self.from_minor_units(int(value))

    def from_minor_units(self, units: int) -> Decimal:
        """Convert minor units to an amount with all decimal places of the scale."""
        return Decimal(units).scaleb(-self.scale)

    def to_minor_units(self, value: Decimal) -> int:
        """Convert an amount to minor units. Raise ValueError if it is not exact or exceeds the precision."""
        if not isinstance(value, Decimal) or not value.is_finite():
            raise ValueError(f"{value!r} is not an amount of money")
        lower, upper = self.surrounding_units(value)
        if lower != upper or abs(lower) >= 10**self.precision:
            raise ValueError(
                f"{value} does not fit into {self.precision} digits, {self.scale} of them after the decimal point"
            )
        return lower

    def surrounding_units(self, value: Decimal) -> tuple[int, int]:
        """Return the minor units below and above a finite value; both are equal if the value is exact.

        A value out of range is clamped to the first integer out of range.
        """
        limit = 10**self.precision
        if value and value.adjusted() + self.scale >= self.precision:  # avoids converting a large exponent
            return (limit, limit) if value > 0 else (-limit, -limit)
        units = int(value.scaleb(self.scale))
        if self.from_minor_units(units) == value:  # mostly; rounding twice takes four times as long
            return units, units
        lower, upper = (_round_to_units(value, self.scale, rounding) for rounding in (ROUND_FLOOR, ROUND_CEILING))
        return lower, upper


def _round_to_units(value: Decimal, scale: int, rounding: str) -> int:
    return int(value.quantize(Decimal(1).scaleb(-scale), rounding=rounding).scaleb(scale))
