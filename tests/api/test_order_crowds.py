"""Many who order at once: stock is never oversold or lost, and nobody is told of locks."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from models import Event, Order, OrderItem, Product
from models.membership import Role
from server.settings import Settings, load_settings
from services import unit_of_work
from tests.api.test_concurrency import Call, outcomes
from tests.support.client import Answer, Client
from tests.support.scene import stored
from tests.support.stage import SECRET
from tests.support.world import World, gid

PATIENCE = 120
"""Seconds after which something hangs for good."""

PLACE = """
mutation ($input: PlaceOrderInput!) {
  placeOrder(input: $input) { order { id total } userErrors { code field message } }
}
"""
CANCEL = "mutation ($id: ID!) { cancelOrder(id: $id) { order { id status } userErrors { code field message } } }"
CONFIRM = CANCEL.replace("cancel", "confirm")
ADJUST = """
mutation ($productId: ID!, $delta: Int!) {
  adjustStock(productId: $productId, delta: $delta, reason: "Counted") { product { stock } userErrors { code field } }
}
"""
DELETE = "mutation ($id: ID!) { deleteProduct(id: $id) { deletedId userErrors { code field } } }"


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Enough connections for a crowd, and patience for the rest of it to wait for one."""
    return load_settings(
        None,
        environment="test",
        database_url=database_url,
        secret_key=SECRET,
        bcrypt_rounds=4,
        db_pool_size=20,
        db_pool_timeout=60,
    )


@pytest.fixture
def admin(world: World) -> Client:
    """An admin of the tenant."""
    return world.here.client(Role.ADMIN)


def placing(*items: tuple[Product, int]) -> Call:
    lines = [{"productId": gid(product), "quantity": quantity} for product, quantity in items]
    return "placeOrder", PLACE, {"input": {"items": lines, "shippingAddress": "1 Lane"}}


def adjusting(product: Product, delta: int) -> Call:
    return "adjustStock", ADJUST, {"productId": gid(product), "delta": delta}


def cancelling(order: Any) -> Call:
    return "cancelOrder", CANCEL, {"id": order if isinstance(order, str) else gid(order)}


async def crowd(client: Client, calls: list[Call]) -> list[tuple[str, Answer]]:
    """What came of all of these at once."""
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*(client(document, **variables) for _, document, variables in calls))
    return [(mutation, answer) for (mutation, *_), answer in zip(calls, answers, strict=True)]


async def assert_nothing_is_lost(world: World, **had: int) -> None:
    """What is in stock and what is in orders that were not cancelled is together what there was; each order's items and
    events are whole."""
    products = {row["id"]: row for row in await stored(world.here, Product)}
    orders = {row["id"]: row for row in await stored(world.here, Order)}
    items = await stored(world.here, OrderItem)
    held: Counter[str] = Counter({row["name"]: row["stock"] for row in products.values()})
    for item in items:
        if orders[item["order_id"]]["status"] != "CANCELLED":
            held[products[item["product_id"]]["name"]] += item["quantity"]
    assert held == Counter(had)
    for id, order in orders.items():
        assert order["total"] == sum(item["subtotal"] for item in items if item["order_id"] == id)
    types = Counter(row["type"] for row in await stored(world.here, Event) if row["stream_type"] == "order")
    assert types["OrderPlaced"] == len(orders)
    assert types["OrderCancelled"] == sum(order["status"] == "CANCELLED" for order in orders.values())


async def test_of_two_hundred_who_want_one_of_fifty_fifty_get_it(member: Client, world: World) -> None:
    spade = await world.here.product("Spade", stock=50)
    answered = await crowd(member, [placing((spade, 1))] * 200)
    assert outcomes(answered) == {"OK": 50, "OUT_OF_STOCK": 150}
    messages = {error["message"] for _, answer in answered for error in answer.data["placeOrder"]["userErrors"]}
    assert messages == {"There are 0 of “Spade”, not the 1 asked for."}
    (row,) = await stored(world.here, Product)
    assert row["stock"] == 0
    assert len(await stored(world.here, Order)) == 50
    await assert_nothing_is_lost(world, Spade=50)


async def test_orders_of_the_same_products_the_other_way_round_do_not_block_each_other(
    member: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work, "is_passing", lambda _: False)  # or a deadlock would be tried again, unseen
    products = [await world.here.product(f"P{number}", stock=1000) for number in range(4)]
    calls = [placing(*((each, 1) for each in products)), placing(*((each, 1) for each in reversed(products)))] * 20
    answered = await crowd(member, calls)
    assert outcomes(answered) == {"OK": 40}
    await assert_nothing_is_lost(world, P0=1000, P1=1000, P2=1000, P3=1000)
    assert {row["stock"] for row in await stored(world.here, Product)} == {960}


async def test_an_order_that_many_cancel_at_once_is_restored_once(member: Client, world: World) -> None:
    spade = await world.here.product("Spade", stock=10)
    order = await world.here.order((spade, 4))
    answered = await crowd(member, [cancelling(order)] * 20)
    assert outcomes(answered) == {"OK": 1, "WRONG_STATUS": 19}
    (row,) = await stored(world.here, Product)
    assert row["stock"] == 10
    await assert_nothing_is_lost(world, Spade=10)


async def test_of_many_who_confirm_and_cancel_at_once_each_order_takes_one_way_at_a_time(
    admin: Client, world: World
) -> None:
    spade = await world.here.product("Spade", stock=30)
    orders = [await world.here.order((spade, 2)) for _ in range(10)]
    calls = [call for order in orders for call in (("confirmOrder", CONFIRM, {"id": gid(order)}), cancelling(order))]
    answered = await crowd(admin, calls * 2)
    found = outcomes(answered)
    assert found.keys() <= {"OK", "WRONG_STATUS"}
    assert {row["status"] for row in await stored(world.here, Order)} == {"CANCELLED"}  # confirmed or not before
    await assert_nothing_is_lost(world, Spade=30)


@pytest.mark.parametrize("seed", range(2))
async def test_a_crowd_that_places_and_cancels_loses_nothing(seed: int, admin: Client, world: World) -> None:
    chance = random.Random(seed)  # noqa: S311
    products = [await world.here.product(f"P{number}", stock=12) for number in range(3)]
    orders = [await world.here.order((chance.choice(products), 1), role=Role.ADMIN) for _ in range(10)]
    calls = [cancelling(order) for order in orders for _ in range(2)]
    for _ in range(40):
        wanted = chance.sample(products, chance.randint(1, 3))
        calls.append(placing(*((each, chance.randint(1, 3)) for each in wanted)))
    calls += [adjusting(each, delta) for each in products for delta in (3, -3)]
    chance.shuffle(calls)
    answered = await crowd(admin, calls)
    assert outcomes(answered).keys() <= {"OK", "OUT_OF_STOCK", "WRONG_STATUS", "OUT_OF_RANGE"}
    assert min(row["stock"] for row in await stored(world.here, Product)) >= 0
    adjusted = Counter[str]()
    for (name, _, variables), (_, answer) in zip(calls, answered, strict=True):
        if name == "adjustStock" and not answer.refusals(name):
            (product,) = [each for each in products if gid(each) == variables["productId"]]
            adjusted[product.name] += variables["delta"]
    await assert_nothing_is_lost(world, **{each.name: 12 + adjusted[each.name] for each in products})


async def test_a_product_that_is_ordered_and_deleted_at_once_is_one_or_the_other(admin: Client, world: World) -> None:
    for number in range(5):
        product = await world.here.product(f"P{number}", stock=100)
        calls = [placing((product, 1))] * 6
        calls.insert(number, ("deleteProduct", DELETE, {"id": gid(product)}))
        answered = await crowd(admin, calls)
        (deletion,) = [answer for name, answer in answered if name == "deleteProduct"]
        placed = [(name, answer) for name, answer in answered if name == "placeOrder"]
        left = [row for row in await stored(world.here, Product) if row["id"] == product.id]
        if deletion.payload("deleteProduct")["deletedId"] is not None:
            assert outcomes(placed) == {"NOT_FOUND": 6}
            assert left == []
        else:
            assert outcomes(placed).keys() <= {"OK", "NOT_FOR_SALE"}
            assert (left[0]["active"], left[0]["stock"]) == (False, 100 - outcomes(placed)["OK"])
