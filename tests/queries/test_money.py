"""Tests of amounts of money: stored, compared, sorted and paged exactly on both databases."""

import itertools
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, MetaData, Table, Uuid, func, insert, select, type_coerce
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.engine import Database
from models.money import Money
from queries.cursor import InvalidCursor, decode_cursor, encode_cursor
from queries.filters import Compare, Condition, Not, condition_to_sql
from queries.keyset import after_cursor, order_by_clause
from queries.order import Sort, with_tiebreaker
from tests.queries.filter_oracle import matches
from tests.queries.sort_oracle import single_sorts, sort_rows
from tests.queries.test_cursor import encode_json
from tests.support.hypothesis_settings import deterministic_settings

COINS = Table(
    "coin",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("price", Money(10, 2), nullable=False),
    Column("discount", Money(6, 4)),
)
PRICES = ("0", "0.01", "-0.01", "1", "1.5", "9.99", "10", "-10", "99999999.99", "-99999999.99", "2", "100")
DISCOUNTS = (None, "0", "0.0001", "-99.9999", "99.9999", None, "1.5")
ROWS = [
    SimpleNamespace(
        id=uuid.UUID(int=number * 0x9E3779B97F4A7C15 & (1 << 64) - 1),
        price=Decimal(price),
        discount=None if discount is None else Decimal(discount),
    )
    for number, (price, discount) in enumerate(zip(PRICES * 3, itertools.cycle(DISCOUNTS), strict=False), 1)
]
OPERANDS = [
    Decimal(text)
    for text in (
        *PRICES,
        *("0.001", "-0.001", "1.005", "9.994999", "0.00005", "99999999.995", "-99999999.995", "100000000", "1e99"),
        *("-1e99", "1e-99", "-1e-99", "1.500000", "99.99995", "123456789012345678901234567890123456.7"),
    )
]


@pytest.fixture
async def coin_connection(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection to a database with a filled table of coins."""
    async with database.write_engine.begin() as connection:
        await connection.run_sync(COINS.create)
        await connection.execute(insert(COINS), [vars(row) for row in ROWS])
    async with database.write_engine.connect() as connection:
        yield connection


async def matching_ids(coin_connection: AsyncConnection, condition: Condition) -> set[uuid.UUID]:
    """Return the ids of the rows that match the condition in the database."""
    return set(await coin_connection.scalars(select(COINS.c.id).where(condition_to_sql(condition, COINS))))


async def test_amounts_round_trip_with_their_scale(coin_connection: AsyncConnection) -> None:
    rows_by_id = {row.id: row for row in await coin_connection.execute(select(COINS))}
    for row in ROWS:
        assert str(rows_by_id[row.id].price) == f"{row.price:.2f}"
        assert str(rows_by_id[row.id].discount) == ("None" if row.discount is None else f"{row.discount:.4f}")
    units = await coin_connection.scalars(select(type_coerce(COINS.c.price, BigInteger)))
    assert set(units) == {int(row.price * 100) for row in ROWS}
    assert await coin_connection.scalar(select(func.sum(COINS.c.price))) == sum(row.price for row in ROWS)


async def test_comparisons_of_amounts_match_oracle(coin_connection: AsyncConnection) -> None:
    all_ids = {row.id for row in ROWS}
    for column, name, value in itertools.product(
        ("price", "discount"), ("eq", "ne", "gt", "gte", "lt", "lte"), OPERANDS
    ):
        comparison = Compare(column, name, value)
        expected = {row.id for row in ROWS if matches(comparison, row)}
        assert await matching_ids(coin_connection, comparison) == expected, comparison
        assert await matching_ids(coin_connection, Not(comparison)) == all_ids - expected, comparison


async def test_in_and_is_null_for_amounts_match_oracle(coin_connection: AsyncConnection) -> None:
    for column, values in itertools.product(("price", "discount"), (OPERANDS, OPERANDS[:3], OPERANDS[12:14], ())):
        comparison = Compare(column, "in", tuple(values))
        assert await matching_ids(coin_connection, comparison) == {row.id for row in ROWS if matches(comparison, row)}
    for is_null in (True, False):
        comparison = Compare("discount", "isNull", is_null)
        assert await matching_ids(coin_connection, comparison) == {row.id for row in ROWS if matches(comparison, row)}


@deterministic_settings(60)
@given(
    sorts=st.lists(
        single_sorts(("price", "discount", "id")), min_size=1, max_size=3, unique_by=lambda sort: sort.column
    ),
    index=st.integers(0, len(ROWS) - 1),
    size=st.integers(1, 50),
)
async def test_rows_after_cursor_are_rest_of_sorted_list(
    coin_connection: AsyncConnection, sorts: list[Sort], index: int, size: int
) -> None:
    order, expected = with_tiebreaker(sorts), sort_rows(ROWS, sorts)
    row = (await coin_connection.execute(select(COINS).where(COINS.c.id == expected[index].id))).one()
    cursor_values = decode_cursor(order, COINS, encode_cursor(order, row))
    page = (
        select(COINS.c.id)
        .where(after_cursor(order, COINS, cursor_values))
        .order_by(*order_by_clause(order, COINS))
        .limit(size)
    )
    assert list(await coin_connection.scalars(page)) == [row.id for row in expected[index + 1 :][:size]]


def test_cursor_round_trips_amounts_exactly() -> None:
    for column, amounts in {"price": PRICES, "discount": ("0", "0.0001", "99.9999", "-1")}.items():
        order = with_tiebreaker([Sort(column)])
        for text in amounts:
            money_type: Any = COINS.c[column].type
            amount = money_type.from_minor_units(int(Decimal(text) * 100))
            row = SimpleNamespace(**{"id": uuid.uuid4(), column: amount})
            assert decode_cursor(order, COINS, encode_cursor(order, row)) == (getattr(row, column), row.id)


INVALID_AMOUNTS: tuple[Any, ...] = (
    *(None, 1, 1.5, True, [], {}, "", " ", "x", "1,5", "0x1", "1.005", "100000000", "-100000000.00"),
    *(
        "NaN",
        "sNaN",
        "-NaN",
        "Infinity",
        "-inf",
        "1e999",
        "1e9999999999999999999",
        "1e-999",
        "-1e999999999",
        "9" * 5000,
    ),
)


@pytest.mark.parametrize("value", INVALID_AMOUNTS, ids=lambda value: repr(value)[:20])
def test_cursor_with_invalid_amount_is_rejected(value: Any) -> None:
    order = with_tiebreaker([Sort("price")])
    with pytest.raises(InvalidCursor):
        decode_cursor(order, COINS, encode_json(["price:AL,id:AL", value, "0" * 32]))
    assert decode_cursor(order, COINS, encode_json(["price:AL,id:AL", "1.50", "0" * 32]))[0] == Decimal("1.5")


UNSTORABLE_VALUES: tuple[Any, ...] = (
    *(Decimal(text) for text in ("NaN", "Infinity", "-Infinity", "0.001", "100000000", "1e999999", "1e-999999")),
    *(1.5, 1, "1.50", True),
)


async def test_amount_that_does_not_fit_column_is_rejected(coin_connection: AsyncConnection) -> None:
    for value in UNSTORABLE_VALUES:
        with pytest.raises(StatementError):
            await coin_connection.execute(insert(COINS).values(id=uuid.uuid4(), price=value))
    assert await coin_connection.scalar(select(func.count()).select_from(COINS)) == len(ROWS)


def test_money_type_with_too_many_digits_is_rejected() -> None:
    for precision, scale in ((19, 2), (2, 3), (5, -1)):
        with pytest.raises(ValueError, match="at most 18 digits"):
            Money(precision, scale)
