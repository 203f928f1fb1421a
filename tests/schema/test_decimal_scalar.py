"""The Decimal scalar parses and serializes exactly, and rejects invalid values with a helpful message."""

from decimal import Decimal
from typing import Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from schema.scalars import SCALARS
from tests.support.hypothesis_settings import deterministic_settings

ERROR_MESSAGE = 'A Decimal is written as "12.50"'


@strawberry.type
class Query:
    """Echoes a decimal."""

    @strawberry.field
    def echo(self, value: Decimal) -> Decimal:
        return value


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def echo_variable(value: Any) -> Any:
    """Execute a query that returns the variable."""
    return SCHEMA.execute_sync("query ($value: Decimal!) { echo(value: $value) }", {"value": value})


def echo_literal(literal: str) -> Any:
    """Execute a query that returns the literal."""
    return SCHEMA.execute_sync(f"{{ echo(value: {literal}) }}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("12.50", "12.50"), ("0", "0"), ("-0.00", "0.00"), ("-1.5", "-1.5"), ("007.10", "7.10")),
        *((12, "12"), (-1, "-1"), (0.1, "0.1"), (12.5, "12.5"), (1e-7, "0.0000001"), (1e22, "1" + "0" * 22)),
        *(("1e3", "1000"), ("1E-2", "0.01"), (-0.0, "0.0"), (1234567890.12345, "1234567890.12345")),
    ],
)
def test_text_and_numbers_are_returned_as_exact_text(value: Any, text: str) -> None:
    result = echo_variable(value)
    assert result.errors is None
    assert result.data == {"echo": text}


def test_literals_keep_digits_that_a_float_would_lose() -> None:
    for literal, text in (
        ("12345678901234567.89", "12345678901234567.89"),
        ('"12345678901234567.89"', "12345678901234567.89"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0.10", "0.10"),
        ("-5", "-5"),
    ):
        assert echo_literal(literal).data == {"echo": text}


@deterministic_settings(100)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14))
def test_any_decimal_is_returned_unchanged(value: Decimal) -> None:
    expected = value or value.copy_abs()
    assert echo_variable(str(value)).data == {"echo": format(expected, "f")}


INVALID_DECIMALS: tuple[Any, ...] = (
    *(
        "",
        " ",
        "x",
        "1,5",
        "1 ",
        " 1",
        "+1",
        ".5",
        "5.",
        "1_000",
        "0x1",
        "\uff11",
        "٣",
        "1e",
        "1e999",
        "--1",
        "1\n",
        "€5",
    ),
    *("NaN", "nan", "Infinity", "-Infinity", "sNaN", "9" * 41, "1" + "0" * 5000, "\0"),
    *(True, False, [], {}, ["1"], float("nan"), float("inf"), 0.1 + 0.2, 12345678901234567.89, 10**40, -(10**40)),
)


@pytest.mark.parametrize("value", INVALID_DECIMALS, ids=lambda value: repr(value)[:20])
def test_invalid_variable_is_rejected_with_hint(value: Any) -> None:
    (error,) = echo_variable(value).errors
    assert ERROR_MESSAGE in error.message


@pytest.mark.parametrize("literal", ["true", "ONE", "[1]", '"NaN"', "{a: 1}", '""', "1e999", '"1,5"'])
def test_invalid_literal_is_rejected_with_hint(literal: str) -> None:
    (error,) = echo_literal(literal).errors or []
    assert ERROR_MESSAGE in error.message
