"""Placing orders over GraphQL, and errors in orders."""

import re
from typing import Any

import pytest

from models import Order, OrderItem, Product
from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client, GraphQLResponse
from tests.support.sample_data import fetch_table

ORDER_BY_ID = documents.by_id("Order")


def order_input(*items: tuple[Any, int], address: str = "1 Lane") -> dict[str, Any]:
    """Return the input of an order of these products or product ids, with quantities."""
    lines = [
        {"productId": product if isinstance(product, str) else global_id(product), "quantity": quantity}
        for product, quantity in items
    ]
    return {"items": lines, "shippingAddress": address}


async def stock_by_name(app_fixture: AppFixture) -> dict[str, int]:
    """Return the stock of each product by name."""
    return {row["name"]: row["stock"] for row in await fetch_table(app_fixture.tenant, Product)}


async def assert_nothing_ordered(app_fixture: AppFixture, **stock: int) -> None:
    """Fail if an order or order item exists, or a product does not have this stock."""
    assert await stock_by_name(app_fixture) == stock
    assert (await fetch_table(app_fixture.tenant, Order), await fetch_table(app_fixture.tenant, OrderItem)) == ([], [])


@pytest.mark.any_server
async def test_member_places_order(member_client: Client, app_fixture: AppFixture) -> None:
    spade, rake = (
        await app_fixture.tenant.create(Product, name="Spade", price="12.50"),
        await app_fixture.tenant.create(Product, name="Rake", price="0.99"),
    )
    values = order_input((spade, 2), (rake, 3), address=" 1 Lane\nTown ")
    order = (await member_client(documents.PLACE_ORDER, input=values)).payload("placeOrder")["order"]
    assert order["id"].startswith("order_")
    assert re.fullmatch(r"\d{6}-[0-9A-HJKMNP-TV-Z]{8}", order["number"])
    assert order == order | {
        "status": "PENDING",
        "total": "27.97",
        "shippingAddress": "1 Lane\nTown",
        "version": 1,
        "placedBy": {"id": global_id(app_fixture.tenant.users[Role.MEMBER]), "fullName": "Member Here"},
    }
    items = [
        (node["product"]["name"], node["quantity"], node["unitPrice"], node["subtotal"]) for node in order_items(order)
    ]
    assert sorted(items) == [("Rake", 3, "0.99", "2.97"), ("Spade", 2, "12.50", "25.00")]
    assert {node["order"]["id"] for node in order_items(order)} == {order["id"]}
    assert await stock_by_name(app_fixture) == {"Spade": 8, "Rake": 7}
    assert (await member_client(ORDER_BY_ID, id=order["id"])).data["order"] == order


def order_items(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items of an order."""
    nodes: list[dict[str, Any]] = order["items"]["nodes"]
    return nodes


async def test_repeated_product_becomes_one_item(member_client: Client, app_fixture: AppFixture) -> None:
    spade, rake = (
        await app_fixture.tenant.create(Product, name="Spade"),
        await app_fixture.tenant.create(Product, name="Rake"),
    )
    order = (await member_client(documents.PLACE_ORDER, input=order_input((spade, 4), (rake, 1), (spade, 6)))).payload(
        "placeOrder"
    )["order"]
    assert sorted(node["quantity"] for node in order_items(order)) == [1, 10]
    assert await stock_by_name(app_fixture) == {"Spade": 0, "Rake": 9}


async def test_order_keeps_prices_of_placement(member_client: Client, app_fixture: AppFixture) -> None:
    spade = await app_fixture.tenant.create(Product, name="Spade", price="12.50")
    order = (await member_client(documents.PLACE_ORDER, input=order_input((spade, 2)))).payload("placeOrder")["order"]
    change = {"price": "99", "name": "Shovel"}
    (
        await app_fixture.tenant.client(Role.ADMIN)(documents.update("Product"), id=global_id(spade), input=change)
    ).payload("updateProduct")
    updated_order = (await member_client(ORDER_BY_ID, id=order["id"])).data["order"]
    ((item,), (before,)) = order_items(updated_order), order_items(order)
    assert updated_order["total"] == "25.00"
    assert item == before | {"product": item["product"]}
    assert item["product"]["name"] == "Shovel"


@pytest.mark.any_server
async def test_insufficient_stock_is_reported_per_product_and_nothing_is_reserved(
    member_client: Client, app_fixture: AppFixture
) -> None:
    plenty = await app_fixture.tenant.create(Product, name="Plenty", stock=100)
    scarce, sold_out = (
        await app_fixture.tenant.create(Product, name="Few", stock=1200),
        await app_fixture.tenant.create(Product, name="Gone", stock=0),
    )
    response = await member_client(
        documents.PLACE_ORDER, input=order_input((plenty, 5), (scarce, 1000), (sold_out, 1), (scarce, 201))
    )
    assert response.user_errors("placeOrder") == [
        ("OUT_OF_STOCK", ["input", "items", "1", "quantity"]),
        ("OUT_OF_STOCK", ["input", "items", "2", "quantity"]),
    ]
    assert [error["message"] for error in response.data["placeOrder"]["userErrors"]] == [
        "Not enough “Few” in stock: 1,200 available, 1,201 ordered.",
        "Not enough “Gone” in stock: 0 available, 1 ordered.",
    ]
    assert response.data["placeOrder"]["order"] is None
    await assert_nothing_ordered(app_fixture, Plenty=100, Few=1200, Gone=0)


async def test_inactive_product_cannot_be_ordered(member_client: Client, app_fixture: AppFixture) -> None:
    good, old = (
        await app_fixture.tenant.create(Product, name="Good"),
        await app_fixture.tenant.create(Product, name="Old", active=False),
    )
    response = await member_client(documents.PLACE_ORDER, input=order_input((good, 1), (old, 1)))
    assert response.user_errors("placeOrder") == [("NOT_FOR_SALE", ["input", "items", "1", "productId"])]
    assert "“Old”" in response.data["placeOrder"]["userErrors"][0]["message"]
    await assert_nothing_ordered(app_fixture, Good=10, Old=10)


async def test_product_of_other_tenant_cannot_be_ordered(member_client: Client, app_fixture: AppFixture) -> None:
    good, foreign = (
        await app_fixture.tenant.create(Product, name="Good"),
        await app_fixture.other_tenant.create(Product, name="Elsewhere"),
    )
    for id in (
        global_id(foreign),
        "",
        "x",
        f"product_{'0' * 32}",
        global_id(good).upper(),
        global_id(good).replace("product", "order"),
    ):
        response = await member_client(documents.PLACE_ORDER, input=order_input((good, 1), (id, 1)))
        assert response.user_errors("placeOrder") == [("NOT_FOUND", ["input", "items", "1", "productId"])]
    await assert_nothing_ordered(app_fixture, Good=10)


async def test_all_order_errors_are_reported_together(member_client: Client, app_fixture: AppFixture) -> None:
    good = await app_fixture.tenant.create(Product, name="Good")
    invalid_orders: list[tuple[dict[str, Any], list[tuple[str, list[str]]]]] = [
        (order_input(), [("TOO_SHORT", ["input", "items"])]),
        (
            order_input(*[(good, 1)] * 101),
            [("TOO_LONG", ["input", "items"]), ("OUT_OF_STOCK", ["input", "items", "0", "quantity"])],
        ),
        (
            order_input((good, 0), (good, 1), (good, -5), (good, 10_001), address=" \n "),
            [
                ("TOO_SHORT", ["input", "shippingAddress"]),
                *(("OUT_OF_RANGE", ["input", "items", index, "quantity"]) for index in ("0", "2", "3")),
            ],
        ),
        (order_input((good, 1), address="x" * 501), [("TOO_LONG", ["input", "shippingAddress"])]),
        (order_input((good, 5), (good, -4)), [("OUT_OF_RANGE", ["input", "items", "1", "quantity"])]),
    ]
    for values, expected in invalid_orders:
        assert (await member_client(documents.PLACE_ORDER, input=values)).user_errors("placeOrder") == expected
    await assert_nothing_ordered(app_fixture, Good=10)


async def test_total_quantity_of_repeated_product_is_limited(member_client: Client, app_fixture: AppFixture) -> None:
    good = await app_fixture.tenant.create(Product, name="Good", stock=50_000)
    response = await member_client(documents.PLACE_ORDER, input=order_input((good, 10_000), (good, 1)))
    assert response.user_errors("placeOrder") == [("OUT_OF_RANGE", ["input", "items", "0", "quantity"])]
    await assert_nothing_ordered(app_fixture, Good=50_000)


async def test_order_of_hundred_most_expensive_products(member_client: Client, app_fixture: AppFixture) -> None:
    products = [
        await app_fixture.tenant.create(Product, name=f"Product {n}", price="99999999.99", stock=10_000)
        for n in range(100)
    ]
    order = (
        await member_client(documents.PLACE_ORDER, input=order_input(*[(product, 10_000) for product in products]))
    ).payload("placeOrder")["order"]
    assert order["total"] == "99999999990000.00"
    assert order["items"]["totalCount"] == 100
    assert set((await stock_by_name(app_fixture)).values()) == {0}


MALFORMED_INPUTS: list[Any] = [
    None,
    {},
    {"items": None, "shippingAddress": "x"},
    {"items": [None], "shippingAddress": "x"},
    {"items": [{"productId": "x"}], "shippingAddress": "x"},
    {"items": [{"productId": "x", "quantity": "1"}], "shippingAddress": "x"},
    {"items": [{"productId": "x", "quantity": 1.5}], "shippingAddress": "x"},
    {"items": [{"productId": "x", "quantity": 2**31}], "shippingAddress": "x"},
    {"items": [{"productId": "x", "quantity": 1, "unitPrice": "0"}], "shippingAddress": "x"},
    {"items": [{"productId": "x", "quantity": 1}], "shippingAddress": None},
    {"items": [{"productId": "x", "quantity": 1}], "shippingAddress": "a\0"},
    {"items": [{"productId": "x", "quantity": 1}], "shippingAddress": "x", "status": "DELIVERED"},
]


async def test_malformed_order_input_is_rejected(subtests: pytest.Subtests, member_client: Client) -> None:
    for input in MALFORMED_INPUTS:
        with subtests.test(input=input):
            assert set((await member_client(documents.PLACE_ORDER, input=input)).error_codes) == {"BAD_USER_INPUT"}


async def test_order_requires_membership(member_client: Client, app_fixture: AppFixture) -> None:
    good, values = (
        await app_fixture.tenant.create(Product, name="Good"),
        order_input((await app_fixture.other_tenant.create(Product, name="There"), 1)),
    )
    assert (
        await app_fixture.client(tenant="here")(documents.PLACE_ORDER, input=order_input((good, 1)))
    ).error_codes == ["UNAUTHENTICATED"]
    foreign: GraphQLResponse = await member_client.with_headers(**{"X-Tenant": "there"})(
        documents.PLACE_ORDER, input=values
    )
    assert foreign.error_codes == ["FORBIDDEN"]
    await assert_nothing_ordered(app_fixture, Good=10)
