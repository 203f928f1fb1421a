"""What orders and stock write into the event store, with what they change or not at all."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models import Event, Order, Product
from models.membership import Role
from services import events, order, product
from services.errors import Refused
from services.event_types import EventData
from services.event_types.shop import OrderedItem, OrderPlaced, StockAdjusted
from services.unit_of_work import UnitOfWork
from tests.services.doing import Failed, do
from tests.support.scene import stored
from tests.support.world import Plot, World


async def stream(plot: Plot, of: str, id: UUID) -> list[EventData]:
    """What happened to one of these."""

    async def read(work: UnitOfWork) -> list[EventData]:
        return [each.data async for each in events.load(work, of, id)]

    found: list[EventData] = await plot.make(read)
    return found


def stepping(step: str, id: UUID) -> Callable[[UnitOfWork], Awaitable[Any]]:
    return lambda work: order.take_step(work, step, id, None)


async def test_an_order_tells_all_but_where_it_is_sent_to(world: World) -> None:
    spade, rake = await world.here.product("Spade", "12.50"), await world.here.product("Rake", "0.99")
    placed = await world.here.order((spade, 2), (rake, 1), (spade, 1), address="1 Secret Lane")
    (event,) = await stream(world.here, "order", placed.id)
    assert event == OrderPlaced(
        number=placed.number,
        placed_by_id=world.here.users[Role.MEMBER].id,
        items=(
            OrderedItem(product_id=spade.id, quantity=3, unit_price=Decimal("12.50")),
            OrderedItem(product_id=rake.id, quantity=1, unit_price=Decimal("0.99")),
        ),
        total=Decimal("38.49"),
    )
    assert not any("Secret" in str(row) for row in await stored(world.here, Event))


async def test_each_step_tells_what_happened(world: World) -> None:
    one, other = [await world.here.order((await world.here.product(), 1)) for _ in range(2)]
    for step in ("confirm", "ship", "deliver"):
        await world.here.make(stepping(step, one.id), Role.ADMIN)
    await world.here.make(stepping("cancel", other.id), Role.MEMBER)
    assert [each.type for each in await stream(world.here, "order", one.id)] == [
        *("OrderPlaced", "OrderConfirmed", "OrderShipped", "OrderDelivered")
    ]
    assert [each.type for each in await stream(world.here, "order", other.id)] == ["OrderPlaced", "OrderCancelled"]


async def test_stock_tells_how_it_was_adjusted_and_why(world: World) -> None:
    spade = await world.here.product(stock=7)
    await world.here.make(lambda work: product.adjust_stock(work, spade.id, -3, " Lost in the shed "))
    assert await stream(world.here, "product", spade.id) == [
        StockAdjusted(delta=7, reason="Opening stock", stock=7),
        StockAdjusted(delta=-3, reason="Lost in the shed", stock=4),
    ]
    assert await stream(world.here, "product", (await world.here.product(stock=0)).id) == []


async def test_what_is_refused_or_fails_tells_nothing(world: World) -> None:
    spade = await world.here.product(stock=1)
    placed = await world.here.order((spade, 1))
    before = await stored(world.here, Event)
    refused: list[Callable[[UnitOfWork], Awaitable[Any]]] = [
        lambda work: order.place_order(work, [order.Line(spade.id, 1)], "1 Lane"),
        lambda work: product.adjust_stock(work, spade.id, -1, "Lost"),
        stepping("ship", placed.id),
    ]
    for use_case in refused:
        with pytest.raises(Refused):
            await world.here.make(use_case)

    async def fail_late(work: UnitOfWork) -> None:
        await order.take_step(work, "cancel", placed.id, None)
        await product.adjust_stock(work, spade.id, 5, "Found")
        raise Failed

    with pytest.raises(Failed):
        await do(world.here, fail_late)
    assert await stored(world.here, Event) == before
    ((row,), (sold,)) = await stored(world.here, Product), await stored(world.here, Order)
    assert (row["stock"], sold["status"]) == (0, "PENDING")
