"""Orders over GraphQL: placing them, and what is refused."""

import re
from typing import Any

import pytest

from models import Order, OrderItem, Product
from models.membership import Role
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.scene import stored
from tests.support.world import World, gid

PLACE = documents.PLACE_ORDER
ONE = documents.one("Order")


def ordering(*items: tuple[Any, int], address: str = "1 Lane") -> dict[str, Any]:
    """The input for so many of these products."""
    lines = [{"productId": each if isinstance(each, str) else gid(each), "quantity": n} for each, n in items]
    return {"items": lines, "shippingAddress": address}


async def stocks(world: World) -> dict[str, int]:
    """What is left of each product, by name."""
    return {row["name"]: row["stock"] for row in await stored(world.here, Product)}


async def assert_nothing_ordered(world: World, **left: int) -> None:
    """Fails when there is any order or part of one, or the stock is not what it was."""
    assert await stocks(world) == left
    assert (await stored(world.here, Order), await stored(world.here, OrderItem)) == ([], [])


async def test_a_member_places_an_order(member: Client, world: World) -> None:
    spade, rake = await world.here.product("Spade", "12.50"), await world.here.product("Rake", "0.99")
    values = ordering((spade, 2), (rake, 3), address=" 1 Lane\nTown ")
    order = (await member(PLACE, input=values)).payload("placeOrder")["order"]
    assert order["id"].startswith("order_")
    assert re.fullmatch(r"\d{6}-[0-9A-HJKMNP-TV-Z]{8}", order["number"])
    assert order == order | {
        "status": "PENDING",
        "total": "27.97",
        "shippingAddress": "1 Lane\nTown",
        "version": 1,
        "placedBy": {"id": gid(world.here.users[Role.MEMBER]), "fullName": "Member Here"},
    }
    items = [(each["product"]["name"], each["quantity"], each["unitPrice"], each["subtotal"]) for each in nodes(order)]
    assert sorted(items) == [("Rake", 3, "0.99", "2.97"), ("Spade", 2, "12.50", "25.00")]
    assert {each["order"]["id"] for each in nodes(order)} == {order["id"]}
    assert await stocks(world) == {"Spade": 8, "Rake": 7}
    assert (await member(ONE, id=order["id"])).data["order"] == order


def nodes(order: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of an order."""
    found: list[dict[str, Any]] = order["items"]["nodes"]
    return found


async def test_the_same_product_twice_is_one_item(member: Client, world: World) -> None:
    spade, rake = await world.here.product("Spade"), await world.here.product("Rake")
    order = (await member(PLACE, input=ordering((spade, 4), (rake, 1), (spade, 6)))).payload("placeOrder")["order"]
    assert sorted(each["quantity"] for each in nodes(order)) == [1, 10]
    assert await stocks(world) == {"Spade": 0, "Rake": 9}


async def test_an_order_keeps_its_prices(member: Client, world: World) -> None:
    spade = await world.here.product("Spade", "12.50")
    order = (await member(PLACE, input=ordering((spade, 2)))).payload("placeOrder")["order"]
    change = {"price": "99", "name": "Shovel"}
    (await world.here.client(Role.ADMIN)(documents.update("Product"), id=gid(spade), input=change)).payload(
        "updateProduct"
    )
    again = (await member(ONE, id=order["id"])).data["order"]
    ((item,), (before,)) = nodes(again), nodes(order)
    assert again["total"] == "25.00"
    assert item == before | {"product": item["product"]}
    assert item["product"]["name"] == "Shovel"


async def test_too_little_stock_is_said_of_each_product_and_nothing_is_reserved(member: Client, world: World) -> None:
    plenty = await world.here.product("Plenty", stock=100)
    few, gone = await world.here.product("Few", stock=1200), await world.here.product("Gone", stock=0)
    answer = await member(PLACE, input=ordering((plenty, 5), (few, 1000), (gone, 1), (few, 201)))
    assert answer.refusals("placeOrder") == [
        ("OUT_OF_STOCK", ["input", "items", "1", "quantity"]),
        ("OUT_OF_STOCK", ["input", "items", "2", "quantity"]),
    ]
    assert [error["message"] for error in answer.data["placeOrder"]["userErrors"]] == [
        "There are 1,200 of “Few”, not the 1,201 asked for.",
        "There are 0 of “Gone”, not the 1 asked for.",
    ]
    assert answer.data["placeOrder"]["order"] is None
    await assert_nothing_ordered(world, Plenty=100, Few=1200, Gone=0)


async def test_an_inactive_product_cannot_be_ordered(member: Client, world: World) -> None:
    good, old = await world.here.product("Good"), await world.here.product("Old", active=False)
    answer = await member(PLACE, input=ordering((good, 1), (old, 1)))
    assert answer.refusals("placeOrder") == [("NOT_FOR_SALE", ["input", "items", "1", "productId"])]
    assert "“Old”" in answer.data["placeOrder"]["userErrors"][0]["message"]
    await assert_nothing_ordered(world, Good=10, Old=10)


async def test_a_product_that_is_not_here_cannot_be_ordered(member: Client, world: World) -> None:
    good, elsewhere = await world.here.product("Good"), await world.there.product("Elsewhere")
    for id in (
        gid(elsewhere),
        "",
        "x",
        f"product_{'0' * 32}",
        gid(good).upper(),
        gid(good).replace("product", "order"),
    ):
        answer = await member(PLACE, input=ordering((good, 1), (id, 1)))
        assert answer.refusals("placeOrder") == [("NOT_FOUND", ["input", "items", "1", "productId"])]
    await assert_nothing_ordered(world, Good=10)


async def test_what_is_wrong_with_an_order_is_said_all_at_once(member: Client, world: World) -> None:
    good = await world.here.product("Good")
    refused: list[tuple[dict[str, Any], list[tuple[str, list[str]]]]] = [
        (ordering(), [("TOO_SHORT", ["input", "items"])]),
        (ordering(*[(good, 1)] * 101), [("TOO_LONG", ["input", "items"])]),
        (
            ordering((good, 0), (good, 1), (good, -5), (good, 10_001), address=" \n "),
            [
                ("TOO_SHORT", ["input", "shippingAddress"]),
                *(("OUT_OF_RANGE", ["input", "items", place, "quantity"]) for place in ("0", "2", "3")),
            ],
        ),
        (ordering((good, 1), address="x" * 501), [("TOO_LONG", ["input", "shippingAddress"])]),
        (ordering((good, 5), (good, -4)), [("OUT_OF_RANGE", ["input", "items", "1", "quantity"])]),
    ]
    for values, expected in refused:
        assert (await member(PLACE, input=values)).refusals("placeOrder") == expected
    await assert_nothing_ordered(world, Good=10)


async def test_lines_that_are_too_many_only_together_are_refused(member: Client, world: World) -> None:
    good = await world.here.product("Good", stock=50_000)
    answer = await member(PLACE, input=ordering((good, 10_000), (good, 1)))
    assert answer.refusals("placeOrder") == [("OUT_OF_RANGE", ["input", "items", "0", "quantity"])]
    await assert_nothing_ordered(world, Good=50_000)


async def test_a_hundred_of_the_dearest_products_can_be_ordered(member: Client, world: World) -> None:
    dear = [await world.here.product(f"Dear {n}", "99999999.99", 10_000) for n in range(100)]
    order = (await member(PLACE, input=ordering(*[(each, 10_000) for each in dear]))).payload("placeOrder")["order"]
    assert order["total"] == "99999999990000.00"
    assert order["items"]["totalCount"] == 100
    assert set((await stocks(world)).values()) == {0}


@pytest.mark.parametrize(
    "input",
    [
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
    ],
)
async def test_an_order_of_another_shape_is_no_order(input: Any, member: Client) -> None:
    assert set((await member(PLACE, input=input)).codes) == {"BAD_USER_INPUT"}


async def test_nobody_orders_without_signing_in_or_in_another_tenant(member: Client, world: World) -> None:
    good, values = await world.here.product("Good"), ordering((await world.there.product("There"), 1))
    assert (await world.client(tenant="here")(PLACE, input=ordering((good, 1)))).codes == ["UNAUTHENTICATED"]
    elsewhere: Answer = await member.with_headers(**{"X-Tenant": "there"})(PLACE, input=values)
    assert elsewhere.codes == ["FORBIDDEN"]
    await assert_nothing_ordered(world, Good=10)
