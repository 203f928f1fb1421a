"""Products over GraphQL: prices, deletion, stock and lists. Tests of all nouns cover the rest."""

from typing import Any

import pytest

from models import Product
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData, fetch_table

CREATE_PRODUCT = documents.create("Product")
DELETE_PRODUCT = documents.delete("Product")
PRODUCT_BY_ID = documents.by_id("Product")
ADJUST_STOCK = documents.ADJUST_STOCK
NEW_PRODUCT = {"name": "Spade", "price": "12.50"}


async def test_product_names_need_not_be_unique(admin_client: Client) -> None:
    first, second = [
        (await admin_client(CREATE_PRODUCT, input=NEW_PRODUCT)).payload("createProduct")["product"] for _ in range(2)
    ]
    assert first["name"] == second["name"]
    assert first["id"] != second["id"]


async def test_opening_stock_is_limited(admin_client: Client, app_fixture: AppFixture) -> None:
    response = await admin_client(CREATE_PRODUCT, input=NEW_PRODUCT | {"stock": 1_000_000_001})
    assert response.user_errors("createProduct") == [("OUT_OF_RANGE", ["input", "stock"])]
    assert await fetch_table(app_fixture.tenant, Product) == []


@pytest.mark.parametrize(
    ("price", "formatted"), [("0", "0.00"), (0.1, "0.10"), (99999999.99, "99999999.99"), (7, "7.00"), ("-0", "0.00")]
)
async def test_price_is_formatted_with_two_decimal_places(price: Any, formatted: str, admin_client: Client) -> None:
    created = (await admin_client(CREATE_PRODUCT, input=NEW_PRODUCT | {"price": price})).payload("createProduct")[
        "product"
    ]
    assert created["price"] == formatted
    assert (await admin_client(PRODUCT_BY_ID, id=created["id"])).data["product"]["price"] == formatted


async def test_product_with_orders_is_deactivated_instead_of_deleted(
    admin_client: Client, sample_data: SampleData
) -> None:
    id = sample_data.ids("Product")[0]
    payload = (await admin_client(DELETE_PRODUCT, id=id)).payload("deleteProduct")
    assert payload["deletedId"] is None
    assert (payload["product"]["id"], payload["product"]["active"]) == (id, False)
    order = (await admin_client(documents.by_id("Order"), id=sample_data.ids("Order")[0])).data["order"]
    assert id in {item["product"]["id"] for item in order["items"]["nodes"]}
    repeated = (await admin_client(DELETE_PRODUCT, id=id)).payload("deleteProduct")
    assert (repeated["deletedId"], repeated["product"]["version"]) == (None, payload["product"]["version"])


async def test_product_with_only_cancelled_order_is_not_deleted(admin_client: Client, app_fixture: AppFixture) -> None:
    product = await app_fixture.tenant.create(Product)
    order = await app_fixture.tenant.place_order((product, 1))
    (await admin_client(documents.transition("cancel", "Order"), id=global_id(order))).payload("cancelOrder")
    assert (await admin_client(DELETE_PRODUCT, id=global_id(product))).payload("deleteProduct")["deletedId"] is None


async def test_stock_is_adjusted_but_never_negative(admin_client: Client, app_fixture: AppFixture) -> None:
    product = await app_fixture.tenant.create(Product, stock=3)
    for delta, stock in ((2, 5), (-5, 0), (1_000_000_000, 1_000_000_000)):
        response = await admin_client(ADJUST_STOCK, productId=global_id(product), delta=delta, reason="Counted")
        assert response.payload("adjustStock")["product"]["stock"] == stock
    for delta in (1, -1_000_000_001, 2**31 - 1, -(2**31)):
        response = await admin_client(ADJUST_STOCK, productId=global_id(product), delta=delta, reason="Counted")
        assert response.user_errors("adjustStock") == [("OUT_OF_RANGE", ["delta"])]
    (row,) = await fetch_table(app_fixture.tenant, Product)
    assert (row["stock"], row["version"]) == (1_000_000_000, 4)


@pytest.mark.parametrize(
    ("arguments", "expected_error"),
    [
        ({"delta": 0, "reason": "x"}, ("INVALID", ["delta"])),
        ({"delta": 1, "reason": " "}, ("TOO_SHORT", ["reason"])),
        ({"delta": 1, "reason": "a\nb"}, ("INVALID", ["reason"])),
        ({"delta": 1, "reason": "x" * 501}, ("TOO_LONG", ["reason"])),
    ],
)
async def test_stock_adjustment_requires_delta_and_reason(
    arguments: dict[str, Any], expected_error: tuple[str, list[str]], admin_client: Client, app_fixture: AppFixture
) -> None:
    product = await app_fixture.tenant.create(Product)
    response = await admin_client(ADJUST_STOCK, productId=global_id(product), **arguments)
    assert response.user_errors("adjustStock") == [expected_error]
    assert response.data["adjustStock"]["product"] is None


async def test_stock_of_product_of_other_tenant_cannot_be_adjusted(
    admin_client: Client, app_fixture: AppFixture
) -> None:
    foreign_id = global_id(await app_fixture.other_tenant.create(Product))
    for id in (foreign_id, f"product_{'0' * 32}"):
        response = await admin_client(ADJUST_STOCK, productId=id, delta=1, reason="Mine")
        assert response.user_errors("adjustStock") == [("NOT_FOUND", ["productId"])]
        assert response.data["adjustStock"]["product"] is None


async def test_products_are_filtered_and_sorted_by_price(member_client: Client, app_fixture: AppFixture) -> None:
    for name, price in (("a", "1.00"), ("b", "10.00"), ("c", "9.99"), ("d", "1.00"), ("e", "0.00")):
        await app_fixture.tenant.create(Product, name=name, price=price)
    query = """query ($where: ProductWhere, $after: String, $direction: Direction!) {
      products(first: 2, after: $after, where: $where, orderBy: [{field: PRICE, direction: $direction}]) {
        nodes { name } pageInfo { endCursor hasNextPage } totalCount
      }
    }"""

    async def list_names(direction: str, where: dict[str, Any]) -> str:
        names, after = "", None
        while True:
            page = (await member_client(query, where=where, after=after, direction=direction)).data["products"]
            names += "".join(node["name"] for node in page["nodes"])
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return names

    assert await list_names("ASC", {}) == "eadcb"
    assert await list_names("DESC", {}) == "bcdae"
    assert await list_names("ASC", {"price": {"gt": "1", "lt": 10}}) == "c"
    assert await list_names("ASC", {"price": {"gte": "0.995", "lte": "9.999"}}) == "adc"
    assert await list_names("ASC", {"price": {"in": ["1", "10.000", "9.995"]}}) == "adb"
    assert await list_names("ASC", {"price": {"ne": 1.0}}) == "ecb"
    assert (await member_client(query, where={"price": {"eq": None}}, direction="ASC")).error_codes == [
        "BAD_USER_INPUT"
    ]
