"""Events of orders and stock, which are stored together with the changes they record."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models import Event, Order, Product
from models.membership import Role
from services.core import events
from services.core.errors import Rejected
from services.core.event_types import EventData
from services.core.unit_of_work import UnitOfWork
from services.shop import order, product
from services.shop.event_types import OrderedItem, OrderPlaced, StockAdjusted
from tests.services.use_case_helpers import UseCaseFailed, run_as_member
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.sample_data import fetch_table


async def read_events(tenant: TenantFixture, stream_type: str, id: UUID) -> list[EventData]:
    """Return the events of a stream."""

    async def read(work: UnitOfWork) -> list[EventData]:
        return [event.data async for event in events.load_events(work, stream_type, id)]

    loaded: list[EventData] = await tenant.run_use_case(read)
    return loaded


def advance_use_case(action: str, id: UUID) -> Callable[[UnitOfWork], Awaitable[Any]]:
    return lambda work: order.advance_order(work, action, id, None)


async def test_order_placed_contains_everything_except_the_address(app_fixture: AppFixture) -> None:
    spade, rake = (
        await app_fixture.tenant.create(Product, name="Spade", price="12.50"),
        await app_fixture.tenant.create(Product, name="Rake", price="0.99"),
    )
    placed = await app_fixture.tenant.place_order((spade, 2), (rake, 1), (spade, 1), address="1 Secret Lane")
    (event,) = await read_events(app_fixture.tenant, "order", placed.id)
    assert event == OrderPlaced(
        number=placed.number,
        placed_by_id=app_fixture.tenant.users[Role.MEMBER].id,
        items=(
            OrderedItem(product_id=spade.id, quantity=3, unit_price=Decimal("12.50")),
            OrderedItem(product_id=rake.id, quantity=1, unit_price=Decimal("0.99")),
        ),
        total=Decimal("38.49"),
    )
    assert not any("Secret" in str(row) for row in await fetch_table(app_fixture.tenant, Event))


async def test_each_transition_appends_an_event(app_fixture: AppFixture) -> None:
    delivered, cancelled = [
        await app_fixture.tenant.place_order((await app_fixture.tenant.create(Product), 1)) for _ in range(2)
    ]
    for action in ("confirm", "ship", "deliver"):
        await app_fixture.tenant.run_use_case(advance_use_case(action, delivered.id), Role.ADMIN)
    await app_fixture.tenant.run_use_case(advance_use_case("cancel", cancelled.id), Role.MEMBER)
    assert [event.type for event in await read_events(app_fixture.tenant, "order", delivered.id)] == [
        *("OrderPlaced", "OrderConfirmed", "OrderShipped", "OrderDelivered")
    ]
    assert [event.type for event in await read_events(app_fixture.tenant, "order", cancelled.id)] == [
        "OrderPlaced",
        "OrderCancelled",
    ]


async def test_stock_adjustment_appends_an_event(app_fixture: AppFixture) -> None:
    spade = await app_fixture.tenant.create(Product, stock=7)
    await app_fixture.tenant.run_use_case(lambda work: product.adjust_stock(work, spade.id, -3, " Lost in the shed "))
    assert await read_events(app_fixture.tenant, "product", spade.id) == [
        StockAdjusted(delta=7, reason="Opening stock", stock=7),
        StockAdjusted(delta=-3, reason="Lost in the shed", stock=4),
    ]
    assert (
        await read_events(app_fixture.tenant, "product", (await app_fixture.tenant.create(Product, stock=0)).id) == []
    )


async def test_rejected_or_failed_use_case_appends_no_event(app_fixture: AppFixture) -> None:
    spade = await app_fixture.tenant.create(Product, stock=1)
    placed = await app_fixture.tenant.place_order((spade, 1))
    before = await fetch_table(app_fixture.tenant, Event)
    rejected: list[Callable[[UnitOfWork], Awaitable[Any]]] = [
        lambda work: order.place_order(work, [order.OrderLine(spade.id, 1)], "1 Lane"),
        lambda work: product.adjust_stock(work, spade.id, -1, "Lost"),
        advance_use_case("ship", placed.id),
    ]
    for use_case in rejected:
        with pytest.raises(Rejected):
            await app_fixture.tenant.run_use_case(use_case)

    async def fail_late(work: UnitOfWork) -> None:
        await order.advance_order(work, "cancel", placed.id, None)
        await product.adjust_stock(work, spade.id, 5, "Found")
        raise UseCaseFailed

    with pytest.raises(UseCaseFailed):
        await run_as_member(app_fixture.tenant, fail_late)
    assert await fetch_table(app_fixture.tenant, Event) == before
    ((row,), (order_row,)) = (
        await fetch_table(app_fixture.tenant, Product),
        await fetch_table(app_fixture.tenant, Order),
    )
    assert (row["stock"], order_row["status"]) == (0, "PENDING")
