"""Products over GraphQL: what admins do with them, what members see, and their stock."""

from typing import Any

import pytest

from models import Product
from models.membership import Role
from tests.support import documents
from tests.support.client import Client
from tests.support.scene import Scene, stored
from tests.support.world import World, gid

CREATE = documents.create("Product")
UPDATE = documents.update("Product")
DELETE = documents.delete("Product")
ONE = documents.one("Product")
MANY = documents.many("Product")
ADJUST = documents.ADJUST_STOCK
NEW = {"name": "Spade", "price": "12.50"}


@pytest.fixture
def admin(world: World) -> Client:
    """An admin of the tenant."""
    return world.here.client(Role.ADMIN)


async def test_an_admin_creates_a_product_and_members_see_it(admin: Client, member: Client) -> None:
    values = {"name": " Spade ", "description": "For digging,\nand more.", "price": "12.5", "stock": 3}
    made = (await admin(CREATE, input=values)).payload("createProduct")["product"]
    assert made["id"].startswith("product_")
    assert made == made | {
        "name": "Spade",
        "description": "For digging,\nand more.",
        "price": "12.50",
        "stock": 3,
        "active": True,
        "version": 1,
        "orderItems": {"totalCount": 0, "nodes": []},
    }
    assert (await member(ONE, id=made["id"])).data["product"] == made


async def test_two_products_may_have_the_same_name(admin: Client) -> None:
    first, second = [(await admin(CREATE, input=NEW)).payload("createProduct")["product"] for _ in range(2)]
    assert first["name"] == second["name"]
    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": " "}, "TOO_SHORT", "name"),
        ({"name": "x" * 201}, "TOO_LONG", "name"),
        ({"description": "x" * 2001}, "TOO_LONG", "description"),
        ({"price": "-0.01"}, "OUT_OF_RANGE", "price"),
        ({"price": "100000000"}, "OUT_OF_RANGE", "price"),
        ({"price": "1e30"}, "OUT_OF_RANGE", "price"),
        ({"price": "0.001"}, "INVALID", "price"),
        ({"stock": -1}, "OUT_OF_RANGE", "stock"),
        ({"stock": 1_000_000_001}, "OUT_OF_RANGE", "stock"),
        ({"stock": None}, "REQUIRED", "stock"),
        ({"active": None}, "REQUIRED", "active"),
    ],
)
async def test_values_that_cannot_be_are_refused(
    values: dict[str, Any], code: str, field: str, admin: Client, world: World
) -> None:
    answer = await admin(CREATE, input=NEW | values)
    assert answer.refusals("createProduct") == [(code, ["input", field])]
    assert await stored(world.here, Product) == []


@pytest.mark.parametrize("price", ["", "x", "NaN", "Infinity", "1,5", True, [], {}, "1e999", "0x10", None])
async def test_what_is_no_amount_is_no_price(price: Any, admin: Client, world: World) -> None:
    assert (await admin(CREATE, input=NEW | {"price": price})).codes == ["BAD_USER_INPUT"]
    assert await stored(world.here, Product) == []


@pytest.mark.parametrize(
    ("price", "shown"), [("0", "0.00"), (0.1, "0.10"), (99999999.99, "99999999.99"), (7, "7.00"), ("-0", "0.00")]
)
async def test_a_price_is_shown_with_all_its_places(price: Any, shown: str, admin: Client) -> None:
    made = (await admin(CREATE, input=NEW | {"price": price})).payload("createProduct")["product"]
    assert made["price"] == shown
    assert (await admin(ONE, id=made["id"])).data["product"]["price"] == shown


async def test_an_update_changes_what_is_written_but_never_the_stock(admin: Client, scene: Scene) -> None:
    id = scene.ids("Product")[0]
    before = (await admin(ONE, id=id)).data["product"]
    answer = await admin(UPDATE, id=id, input={"price": "3", "active": False}, expectedVersion=before["version"])
    after = answer.payload("updateProduct")["product"]
    assert after == before | {"price": "3.00", "active": False, "version": 5, "updatedAt": after["updatedAt"]}
    assert (await admin(UPDATE, id=id, input={"stock": 99})).codes == ["BAD_USER_INPUT"]
    stale = await admin(UPDATE, id=id, input={"price": "4"}, expectedVersion=1)
    assert stale.refusals("updateProduct") == [("CONFLICT", ["expectedVersion"])]
    assert stale.data["updateProduct"]["product"] == after


async def test_a_product_that_was_never_ordered_is_deleted(admin: Client, scene: Scene) -> None:
    id = scene.ids("Product")[2]
    assert (await admin(DELETE, id=id)).payload("deleteProduct") == {
        "deletedId": id,
        "product": None,
        "userErrors": [],
    }
    assert (await admin(ONE, id=id)).data["product"] is None
    assert (await admin(DELETE, id=id)).refusals("deleteProduct") == [("NOT_FOUND", ["id"])]


async def test_a_product_that_was_ordered_becomes_inactive_instead(admin: Client, scene: Scene) -> None:
    id = scene.ids("Product")[0]
    payload = (await admin(DELETE, id=id)).payload("deleteProduct")
    assert payload["deletedId"] is None
    assert (payload["product"]["id"], payload["product"]["active"]) == (id, False)
    shown = (await admin(documents.one("Order"), id=scene.ids("Order")[0])).data["order"]
    assert id in {item["product"]["id"] for item in shown["items"]["nodes"]}
    again = (await admin(DELETE, id=id)).payload("deleteProduct")
    assert (again["deletedId"], again["product"]["version"]) == (None, payload["product"]["version"])


async def test_a_product_whose_only_order_was_cancelled_is_kept_as_well(admin: Client, world: World) -> None:
    product = await world.here.product()
    order = await world.here.order((product, 1))
    (await admin(documents.step("cancel"), id=gid(order))).payload("cancelOrder")
    assert (await admin(DELETE, id=gid(product))).payload("deleteProduct")["deletedId"] is None


async def test_stock_is_adjusted_up_and_down_but_not_below_nothing(admin: Client, world: World) -> None:
    product = await world.here.product(stock=3)
    for delta, left in ((2, 5), (-5, 0), (1_000_000_000, 1_000_000_000)):
        answer = await admin(ADJUST, productId=gid(product), delta=delta, reason="Counted")
        assert answer.payload("adjustStock")["product"]["stock"] == left
    for delta in (1, -1_000_000_001, 2**31 - 1, -(2**31)):
        answer = await admin(ADJUST, productId=gid(product), delta=delta, reason="Counted")
        assert answer.refusals("adjustStock") == [("OUT_OF_RANGE", ["delta"])]
    (row,) = await stored(world.here, Product)
    assert (row["stock"], row["version"]) == (1_000_000_000, 4)


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"delta": 0, "reason": "x"}, ("INVALID", ["delta"])),
        ({"delta": 1, "reason": " "}, ("TOO_SHORT", ["reason"])),
        ({"delta": 1, "reason": "a\nb"}, ("INVALID", ["reason"])),
        ({"delta": 1, "reason": "x" * 501}, ("TOO_LONG", ["reason"])),
    ],
)
async def test_an_adjustment_has_a_size_and_a_reason(
    arguments: dict[str, Any], refusal: tuple[str, list[str]], admin: Client, world: World
) -> None:
    product = await world.here.product()
    answer = await admin(ADJUST, productId=gid(product), **arguments)
    assert answer.refusals("adjustStock") == [refusal]
    assert answer.data["adjustStock"]["product"] is None


@pytest.mark.parametrize("where", ["there", "nowhere"])
async def test_a_product_that_is_not_here_cannot_be_changed(where: str, admin: Client, world: World) -> None:
    id = gid(await world.there.product()) if where == "there" else f"product_{'0' * 32}"
    assert (await admin(ONE, id=id)).data["product"] is None
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("updateProduct", UPDATE, {"id": id, "input": {"name": "Mine"}}),
        ("deleteProduct", DELETE, {"id": id}),
        ("adjustStock", ADJUST, {"productId": id, "delta": 1, "reason": "Mine"}),
    ]
    for name, document, variables in calls:
        answer = await admin(document, **variables)
        ((code, _),) = answer.refusals(name)
        assert (code, answer.data[name]["product"]) == ("NOT_FOUND", None)


async def test_members_manage_no_products(member: Client, scene: Scene) -> None:
    before = await stored(scene.plot, Product)
    id = scene.ids("Product")[0]
    for answer in (
        await member(CREATE, input=NEW),
        await member(UPDATE, id=id, input={"price": 0}),
        await member(DELETE, id=id),
        await member(ADJUST, productId=id, delta=1, reason="Mine"),
    ):
        assert answer.codes == ["FORBIDDEN"]
    assert await stored(scene.plot, Product) == before


async def test_products_are_filtered_and_sorted_by_price(member: Client, world: World) -> None:
    for name, price in (("a", "1.00"), ("b", "10.00"), ("c", "9.99"), ("d", "1.00"), ("e", "0.00")):
        await world.here.product(name, price)
    query = """query ($where: ProductWhere, $after: String, $direction: Direction!) {
      products(first: 2, after: $after, where: $where, orderBy: [{field: PRICE, direction: $direction}]) {
        nodes { name } pageInfo { endCursor hasNextPage } totalCount
      }
    }"""

    async def names(direction: str, where: dict[str, Any]) -> str:
        found, after = "", None
        while True:
            page = (await member(query, where=where, after=after, direction=direction)).data["products"]
            found += "".join(node["name"] for node in page["nodes"])
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    assert await names("ASC", {}) == "eadcb"
    assert await names("DESC", {}) == "bcdae"
    assert await names("ASC", {"price": {"gt": "1", "lt": 10}}) == "c"
    assert await names("ASC", {"price": {"gte": "0.995", "lte": "9.999"}}) == "adc"
    assert await names("ASC", {"price": {"in": ["1", "10.000", "9.995"]}}) == "adb"
    assert await names("ASC", {"price": {"ne": 1.0}}) == "ecb"
    assert (await member(query, where={"price": {"eq": None}}, direction="ASC")).codes == ["BAD_USER_INPUT"]
