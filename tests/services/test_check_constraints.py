"""Check constraints: the database rejects values that services reject."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import BigInteger, literal, update
from sqlalchemy.exc import IntegrityError

from models import Order, OrderItem, Product
from models.relations import table_of
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import AppFixture

OUT_OF_BOUNDS: list[tuple[Any, dict[str, Any]]] = [
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


@pytest.mark.parametrize(("model", "values"), OUT_OF_BOUNDS, ids=range(len(OUT_OF_BOUNDS)))
async def test_number_out_of_bounds_is_rejected(model: Any, values: dict[str, Any], app_fixture: AppFixture) -> None:
    await app_fixture.tenant.place_order((await app_fixture.tenant.create(Product), 1))

    async def write_invalid_value(work: UnitOfWork) -> int:
        table = table_of(model)
        return len(await work.rows(update(table).values(**values).returning(table.c.id)))

    with pytest.raises(IntegrityError):
        await app_fixture.tenant.run_use_case(write_invalid_value)


async def test_number_within_bounds_is_stored(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.place_order((await app_fixture.tenant.create(Product), 1))

    async def change(work: UnitOfWork) -> int:
        table, values = table_of(Product), {"stock": 0, "price": Decimal("99999999.99")}
        return len(await work.rows(update(table).values(**values).returning(table.c.id)))

    assert await app_fixture.tenant.run_use_case(change) == 1
