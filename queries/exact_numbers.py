"""Sums and averages that are exact on both databases.

PostgreSQL adds 64-bit integers as `numeric`. SQLite would fail beyond 64 bits, so it adds the upper and the lower 32
bits separately, and a function of database/sqlite_functions.py combines them to a text whose order is that of the
numbers.
"""

from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Numeric, String, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from database.sqlite_functions import TEXT_DIGITS, TEXT_OFFSET
from models.money import Money

AVERAGE_PLACES = 4
"""The decimal places that an average has in addition to those of its column."""
_MAX_NUMBER = Decimal(TEXT_OFFSET - 1)


class ExactNumber(TypeDecorator[Decimal]):
    """A decimal with `scale` decimal places, as an integer of any size: a `numeric`, or a text on SQLite."""

    impl = Numeric
    cache_ok = True

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Convert a number to compare with. It may have more decimal places than the column."""
        if value is None:
            return None
        with localcontext(prec=100):
            number = max(-_MAX_NUMBER, min(value.scaleb(self.scale), _MAX_NUMBER))
            return _to_text(number) if dialect.name == "sqlite" else number

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002 -- SQLAlchemy's parameter
        """Return the conversion alone: drivers return Decimal or text, and that of Numeric needs a result to begin."""
        return lambda value: self.process_result_value(value, dialect)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        with localcontext(prec=100):
            return Decimal(int(value) - (TEXT_OFFSET if dialect.name == "sqlite" else 0)).scaleb(-self.scale)


def _to_text(number: Decimal) -> str:
    """Return the text of a number. That of a fraction is greater than that of the integer below it."""
    integer = int(number.to_integral_value(ROUND_FLOOR))
    fraction = format(number - integer, "f").partition(".")[2].rstrip("0")
    return f"{integer + TEXT_OFFSET:0{TEXT_DIGITS}}" + (f".{fraction}" if fraction else "")


def exact_sum(column: ColumnElement[Any]) -> ColumnElement[Decimal]:
    """Return the sum of a column of integers or money."""
    return type_coerce(_IntegerSum(type_coerce(column, BigInteger)), ExactNumber(_scale_of(column)))


def exact_average(column: ColumnElement[Any]) -> ColumnElement[Decimal]:
    """Return the average of a column of integers or money, rounded half to even."""
    return type_coerce(
        _IntegerAverage(type_coerce(column, BigInteger)), ExactNumber(_scale_of(column) + AVERAGE_PLACES)
    )


def _scale_of(column: ColumnElement[Any]) -> int:
    return column.type.scale if isinstance(column.type, Money) else 0


class _IntegerSum(FunctionElement[Any]):
    name = "integer_sum"
    type = Numeric()
    inherit_cache = True


class _IntegerAverage(FunctionElement[Any]):
    """The average times 10 to the power of AVERAGE_PLACES."""

    name = "integer_average"
    type = Numeric()
    inherit_cache = True


@compiles(_IntegerSum)
def _compile_sum(element: _IntegerSum, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(sum({_column_sql(element, compiler, options)}) AS NUMERIC)"


@compiles(_IntegerAverage)
def _compile_average(element: _IntegerAverage, compiler: SQLCompiler, **options: Any) -> str:
    column = _column_sql(element, compiler, options)
    dividend, divisor = f"(CAST(sum({column}) AS NUMERIC) * {10**AVERAGE_PLACES})", f"CAST(count({column}) AS NUMERIC)"
    quotient, double_rest = f"div({dividend}, {divisor})", f"abs(mod({dividend}, {divisor})) * 2"
    is_odd = f"mod({quotient}, 2) <> 0"
    rounds_up = f"{double_rest} > {divisor} OR ({double_rest} = {divisor} AND {is_odd})"
    return f"({quotient} + CASE WHEN {rounds_up} THEN sign({dividend}) ELSE 0 END)"


@compiles(_IntegerSum, "sqlite")
def _compile_sum_sqlite(element: _IntegerSum, compiler: SQLCompiler, **options: Any) -> str:
    return _call_quotient(_column_sql(element, compiler, options), "1", 1)


@compiles(_IntegerAverage, "sqlite")
def _compile_average_sqlite(element: _IntegerAverage, compiler: SQLCompiler, **options: Any) -> str:
    column = _column_sql(element, compiler, options)
    return _call_quotient(column, f"count({column})", 10**AVERAGE_PLACES)


def _call_quotient(column: str, divisor: str, factor: int) -> str:
    return f"exact_quotient(sum({column} >> 32), sum({column} & 4294967295), {divisor}, {factor})"


def _column_sql(element: FunctionElement[Any], compiler: SQLCompiler, options: dict[str, Any]) -> str:
    (column,) = element.clauses
    return compiler.process(column, **options)
