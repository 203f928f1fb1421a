"""Amounts of money: `Decimal` in Python, a whole number of the smallest units (cents, say) in the database.

So they are exact on both engines (SQLite has no decimals), and their indexes serve keysets under row-level security.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

MOST_DIGITS = 18
"""As many as surely fit into 64 bits."""


class Money(TypeDecorator[Decimal]):
    """So many digits, so many of them behind the point."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, digits: int, scale: int) -> None:
        if not 0 <= scale <= digits <= MOST_DIGITS:
            raise ValueError(f"at most {MOST_DIGITS} digits, and no more of them behind the point")
        super().__init__()
        self.digits = digits
        self.scale = scale

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    def process_bind_param(self, value: Any, _dialect: Dialect) -> int | None:
        return None if value is None else self.units(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> Decimal | None:
        """The amount of so many units; PostgreSQL adds them up to a decimal."""
        return None if value is None else self.amount(int(value))

    def amount(self, units: int) -> Decimal:
        """The amount of so many units, with all its places."""
        return Decimal(units).scaleb(-self.scale)

    def units(self, value: Decimal) -> int:
        """How many of the smallest units it is; ValueError, unless it is exactly some and not too many."""
        if not isinstance(value, Decimal) or not value.is_finite():
            raise ValueError(f"{value!r} is no amount of money")
        lower, upper = self.around(value)
        if lower != upper or abs(lower) >= 10**self.digits:
            raise ValueError(f"{value} does not fit into {self.digits} digits, {self.scale} of them behind the point")
        return lower

    def around(self, value: Decimal) -> tuple[int, int]:
        """The units that a finite value lies between: twice the same, if it is exactly so many. What is beyond every
        amount counts as just beyond."""
        most = 10**self.digits
        if value and value.adjusted() + self.scale >= self.digits:  # or a large exponent would become a huge integer
            return (most, most) if value > 0 else (-most, -most)
        lower, upper = (_whole(value, self.scale, rounding) for rounding in (ROUND_FLOOR, ROUND_CEILING))
        return lower, upper


def _whole(value: Decimal, scale: int, rounding: str) -> int:
    return int(value.quantize(Decimal(1).scaleb(-scale), rounding=rounding).scaleb(scale))
