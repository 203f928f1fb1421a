"""Concurrent orders: stock is neither oversold nor lost, and lock conflicts are not reported to clients."""

import random
from collections import Counter

import pytest

from models import Event, Order, OrderItem, Product
from models.membership import Role
from server.config.settings import Settings
from services.core import use_case
from tests.api.concurrent_calls import Call, count_outcomes, send_concurrently
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import fetch_table
from tests.support.settings import build_settings

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
    """Settings with twenty connections, and a long timeout for requests that wait for one."""
    return build_settings(
        database_url,
        db_pool_size=20,
        db_pool_timeout=60,
    )


def place_call(*items: tuple[Product, int]) -> Call:
    lines = [{"productId": global_id(product), "quantity": quantity} for product, quantity in items]
    return "placeOrder", PLACE, {"input": {"items": lines, "shippingAddress": "1 Lane"}}


def adjust_call(product: Product, delta: int) -> Call:
    return "adjustStock", ADJUST, {"productId": global_id(product), "delta": delta}


def cancel_call(order: Order) -> Call:
    return "cancelOrder", CANCEL, {"id": global_id(order)}


async def assert_stock_is_preserved(app_fixture: AppFixture, **initial_stock: int) -> None:
    """Assert that stock plus quantities in orders that are not cancelled equals the initial stock, and that the items
    and events of each order are complete."""
    products = {row["id"]: row for row in await fetch_table(app_fixture.tenant, Product)}
    orders = {row["id"]: row for row in await fetch_table(app_fixture.tenant, Order)}
    items = await fetch_table(app_fixture.tenant, OrderItem)
    quantities: Counter[str] = Counter({row["name"]: row["stock"] for row in products.values()})
    for item in items:
        if orders[item["order_id"]]["status"] != "CANCELLED":
            quantities[products[item["product_id"]]["name"]] += item["quantity"]
    assert quantities == Counter(initial_stock)
    for id, order in orders.items():
        assert order["total"] == sum(item["subtotal"] for item in items if item["order_id"] == id)
    types = Counter(
        row["type"] for row in await fetch_table(app_fixture.tenant, Event) if row["stream_type"] == "order"
    )
    assert types["OrderPlaced"] == len(orders)
    assert types["OrderCancelled"] == sum(order["status"] == "CANCELLED" for order in orders.values())


@pytest.mark.any_server
async def test_concurrent_orders_never_oversell(member_client: Client, app_fixture: AppFixture) -> None:
    spade = await app_fixture.tenant.create(Product, name="Spade", stock=50)
    named_responses = await send_concurrently(member_client, [place_call((spade, 1))] * 200)
    assert count_outcomes(named_responses) == {"OK": 50, "OUT_OF_STOCK": 150}
    messages = {
        error["message"] for _, response in named_responses for error in response.data["placeOrder"]["userErrors"]
    }
    assert messages == {"Not enough “Spade” in stock: 0 available, 1 ordered."}
    (row,) = await fetch_table(app_fixture.tenant, Product)
    assert row["stock"] == 0
    assert len(await fetch_table(app_fixture.tenant, Order)) == 50
    await assert_stock_is_preserved(app_fixture, Spade=50)


@pytest.mark.any_server
async def test_orders_with_products_in_opposite_order_do_not_deadlock(
    member_client: Client, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_case, "is_transient", lambda _: False)  # a retry would hide a deadlock
    products = [await app_fixture.tenant.create(Product, name=f"P{number}", stock=1000) for number in range(4)]
    calls = [
        place_call(*((product, 1) for product in products)),
        place_call(*((product, 1) for product in reversed(products))),
    ] * 20
    named_responses = await send_concurrently(member_client, calls)
    assert count_outcomes(named_responses) == {"OK": 40}
    await assert_stock_is_preserved(app_fixture, P0=1000, P1=1000, P2=1000, P3=1000)
    assert {row["stock"] for row in await fetch_table(app_fixture.tenant, Product)} == {960}


async def test_concurrent_cancellations_restore_stock_once(member_client: Client, app_fixture: AppFixture) -> None:
    spade = await app_fixture.tenant.create(Product, name="Spade", stock=10)
    order = await app_fixture.tenant.place_order((spade, 4))
    named_responses = await send_concurrently(member_client, [cancel_call(order)] * 20)
    assert count_outcomes(named_responses) == {"OK": 1, "WRONG_STATUS": 19}
    (row,) = await fetch_table(app_fixture.tenant, Product)
    assert row["stock"] == 10
    await assert_stock_is_preserved(app_fixture, Spade=10)


async def test_concurrent_confirm_and_cancel_allow_one_transition_at_a_time(
    admin_client: Client, app_fixture: AppFixture
) -> None:
    spade = await app_fixture.tenant.create(Product, name="Spade", stock=30)
    orders = [await app_fixture.tenant.place_order((spade, 2)) for _ in range(10)]
    calls = [
        call for order in orders for call in (("confirmOrder", CONFIRM, {"id": global_id(order)}), cancel_call(order))
    ]
    named_responses = await send_concurrently(admin_client, calls * 2)
    assert count_outcomes(named_responses).keys() <= {"OK", "WRONG_STATUS"}
    assert {row["status"] for row in await fetch_table(app_fixture.tenant, Order)} == {
        "CANCELLED"
    }  # with or without a confirmation before
    await assert_stock_is_preserved(app_fixture, Spade=30)


@pytest.mark.parametrize("seed", range(2))
async def test_concurrent_placements_and_cancellations_preserve_stock(
    seed: int, admin_client: Client, app_fixture: AppFixture
) -> None:
    rng = random.Random(seed)  # noqa: S311
    products = [await app_fixture.tenant.create(Product, name=f"P{number}", stock=12) for number in range(3)]
    orders = [await app_fixture.tenant.place_order((rng.choice(products), 1), role=Role.ADMIN) for _ in range(10)]
    calls = [cancel_call(order) for order in orders for _ in range(2)]
    for _ in range(40):
        ordered = rng.sample(products, rng.randint(1, 3))
        calls.append(place_call(*((product, rng.randint(1, 3)) for product in ordered)))
    calls += [adjust_call(product, delta) for product in products for delta in (3, -3)]
    rng.shuffle(calls)
    named_responses = await send_concurrently(admin_client, calls)
    assert count_outcomes(named_responses).keys() <= {"OK", "OUT_OF_STOCK", "WRONG_STATUS", "OUT_OF_RANGE"}
    assert min(row["stock"] for row in await fetch_table(app_fixture.tenant, Product)) >= 0
    adjusted = Counter[str]()
    for (name, _, variables), (_, response) in zip(calls, named_responses, strict=True):
        if name == "adjustStock" and not response.user_errors(name):
            (product,) = [product for product in products if global_id(product) == variables["productId"]]
            adjusted[product.name] += variables["delta"]
    await assert_stock_is_preserved(app_fixture, **{product.name: 12 + adjusted[product.name] for product in products})


async def test_product_ordered_and_deleted_concurrently_is_deleted_or_deactivated(
    admin_client: Client, app_fixture: AppFixture
) -> None:
    for number in range(5):
        product = await app_fixture.tenant.create(Product, name=f"P{number}", stock=100)
        calls = [place_call((product, 1))] * 6
        calls.insert(number, ("deleteProduct", DELETE, {"id": global_id(product)}))
        named_responses = await send_concurrently(admin_client, calls)
        (deletion,) = [response for name, response in named_responses if name == "deleteProduct"]
        placements = [(name, response) for name, response in named_responses if name == "placeOrder"]
        remaining = [row for row in await fetch_table(app_fixture.tenant, Product) if row["id"] == product.id]
        if deletion.payload("deleteProduct")["deletedId"] is not None:
            assert count_outcomes(placements) == {"NOT_FOUND": 6}
            assert remaining == []
        else:
            assert count_outcomes(placements).keys() <= {"OK", "NOT_FOR_SALE"}
            assert (remaining[0]["active"], remaining[0]["stock"]) == (False, 100 - count_outcomes(placements)["OK"])
