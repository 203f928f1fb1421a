"""What no service lets through, the database refuses as well."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import BigInteger, literal, update
from sqlalchemy.exc import IntegrityError

from models import Order, OrderItem, Product
from models.relations import table_of
from services.unit_of_work import UnitOfWork
from tests.support.world import World

BEYOND: list[tuple[Any, dict[str, Any]]] = [
    (Product, {"stock": -1}),
    (Product, {"price": Decimal("-0.01")}),
    (Product, {"price": literal(10**10, BigInteger)}),
    (Order, {"total": Decimal("-0.01")}),
    (Order, {"total": literal(10**16, BigInteger)}),
    (OrderItem, {"quantity": 0}),
    (OrderItem, {"quantity": 10_001}),
    (OrderItem, {"unit_price": Decimal(-1)}),
    (OrderItem, {"subtotal": literal(10**14, BigInteger)}),
]


@pytest.mark.parametrize(("model", "values"), BEYOND, ids=range(len(BEYOND)))
async def test_a_number_out_of_bounds_is_refused(model: Any, values: dict[str, Any], world: World) -> None:
    await world.here.order((await world.here.product(), 1))

    async def spoil(work: UnitOfWork) -> int:
        table = table_of(model)
        return len(await work.rows(update(table).values(**values).returning(table.c.id)))

    with pytest.raises(IntegrityError):
        await world.here.make(spoil)


async def test_numbers_within_bounds_are_kept(world: World) -> None:
    await world.here.order((await world.here.product(), 1))

    async def change(work: UnitOfWork) -> int:
        table, values = table_of(Product), {"stock": 0, "price": Decimal("99999999.99")}
        return len(await work.rows(update(table).values(**values).returning(table.c.id)))

    assert await world.here.make(change) == 1
