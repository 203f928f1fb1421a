"""Amounts of money on both engines: kept, compared, sorted and paged exactly, whatever they are compared with."""

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

from models.money import Money
from queries.conditions import Compare, Condition, Not, sql
from queries.keyset import after, ordering
from queries.order import BadCursor, Sort, complete, cursor_of, place_of
from server.database import Database
from tests.queries.meaning import holds
from tests.queries.sorting import in_order, sort_of, thorough
from tests.queries.test_cursor import encoded

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
WANTED = [
    Decimal(text)
    for text in (
        *PRICES,
        *("0.001", "-0.001", "1.005", "9.994999", "0.00005", "99999999.995", "-99999999.995", "100000000", "1e99"),
        *("-1e99", "1e-99", "-1e-99", "1.500000", "99.99995", "123456789012345678901234567890123456.7"),
    )
]


@pytest.fixture
async def coins(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection to a table of coins."""
    async with database.writing.begin() as connection:
        await connection.run_sync(COINS.create)
        await connection.execute(insert(COINS), [vars(row) for row in ROWS])
    async with database.writing.connect() as connection:
        yield connection


async def matching(coins: AsyncConnection, condition: Condition) -> set[uuid.UUID]:
    """The ids of the rows of which the engine finds this true."""
    return set(await coins.scalars(select(COINS.c.id).where(sql(condition, COINS))))


async def test_amounts_come_back_exactly_and_with_all_their_places(coins: AsyncConnection) -> None:
    found = {row.id: row for row in await coins.execute(select(COINS))}
    for row in ROWS:
        assert str(found[row.id].price) == f"{row.price:.2f}"
        assert str(found[row.id].discount) == ("None" if row.discount is None else f"{row.discount:.4f}")
    units = await coins.scalars(select(type_coerce(COINS.c.price, BigInteger)))
    assert set(units) == {int(row.price * 100) for row in ROWS}
    assert await coins.scalar(select(func.sum(COINS.c.price))) == sum(row.price for row in ROWS)


async def test_every_operator_means_the_same_as_in_python(coins: AsyncConnection) -> None:
    everything = {row.id for row in ROWS}
    for column, name, value in itertools.product(("price", "discount"), ("eq", "ne", "gt", "gte", "lt", "lte"), WANTED):
        comparison = Compare(column, name, value)
        expected = {row.id for row in ROWS if holds(comparison, row)}
        assert await matching(coins, comparison) == expected, comparison
        assert await matching(coins, Not(comparison)) == everything - expected, comparison


async def test_lists_of_amounts_and_none_at_all(coins: AsyncConnection) -> None:
    for column, values in itertools.product(("price", "discount"), (WANTED, WANTED[:3], WANTED[12:14], ())):
        comparison = Compare(column, "in", tuple(values))
        assert await matching(coins, comparison) == {row.id for row in ROWS if holds(comparison, row)}
    for wanted in (True, False):
        comparison = Compare("discount", "isNull", wanted)
        assert await matching(coins, comparison) == {row.id for row in ROWS if holds(comparison, row)}


@thorough(60)
@given(
    sorts=st.lists(sort_of(("price", "discount", "id")), min_size=1, max_size=3, unique_by=lambda sort: sort.column),
    index=st.integers(0, len(ROWS) - 1),
    size=st.integers(1, 50),
)
async def test_what_comes_after_a_cursor_is_the_rest_of_the_sorted_list(
    coins: AsyncConnection, sorts: list[Sort], index: int, size: int
) -> None:
    order, expected = complete(sorts), in_order(ROWS, sorts)
    row = (await coins.execute(select(COINS).where(COINS.c.id == expected[index].id))).one()
    place = place_of(order, COINS, cursor_of(order, row))
    page = select(COINS.c.id).where(after(order, COINS, place)).order_by(*ordering(order, COINS)).limit(size)
    assert list(await coins.scalars(page)) == [each.id for each in expected[index + 1 :][:size]]


def test_a_cursor_holds_the_amount_exactly() -> None:
    for column, amounts in {"price": PRICES, "discount": ("0", "0.0001", "99.9999", "-1")}.items():
        order = complete([Sort(column)])
        for text in amounts:
            kind: Any = COINS.c[column].type
            row = SimpleNamespace(**{"id": uuid.uuid4(), column: kind.amount(int(Decimal(text) * 100))})
            assert place_of(order, COINS, cursor_of(order, row)) == (getattr(row, column), row.id)


NO_AMOUNTS: tuple[Any, ...] = (
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


@pytest.mark.parametrize("value", NO_AMOUNTS, ids=lambda value: repr(value)[:20])
def test_what_is_no_amount_of_the_column_is_no_cursor(value: Any) -> None:
    order = complete([Sort("price")])
    with pytest.raises(BadCursor):
        place_of(order, COINS, encoded(["price:AL,id:AL", value, "0" * 32]))
    assert place_of(order, COINS, encoded(["price:AL,id:AL", "1.50", "0" * 32]))[0] == Decimal("1.5")


UNFIT: tuple[Any, ...] = (
    *(Decimal(text) for text in ("NaN", "Infinity", "-Infinity", "0.001", "100000000", "1e999999", "1e-999999")),
    *(1.5, 1, "1.50", True),
)


async def test_what_does_not_fit_is_never_written(coins: AsyncConnection) -> None:
    for value in UNFIT:
        with pytest.raises(StatementError):
            await coins.execute(insert(COINS).values(id=uuid.uuid4(), price=value))
    assert await coins.scalar(select(func.count()).select_from(COINS)) == len(ROWS)


def test_more_digits_than_fit_into_the_database_cannot_be_declared() -> None:
    for digits, scale in ((19, 2), (2, 3), (5, -1)):
        with pytest.raises(ValueError, match="at most 18 digits"):
            Money(digits, scale)
