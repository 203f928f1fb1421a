"""Products over GraphQL: mutations by admins, reads by members, and stock."""

from typing import Any

import pytest

from models import Product
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData, fetch_table

CREATE_PRODUCT = documents.create("Product")
UPDATE_PRODUCT = documents.update("Product")
DELETE_PRODUCT = documents.delete("Product")
PRODUCT_BY_ID = documents.by_id("Product")
PRODUCTS = documents.connection("Product")
ADJUST_STOCK = documents.ADJUST_STOCK
NEW_PRODUCT = {"name": "Spade", "price": "12.50"}


async def test_admin_creates_product_visible_to_members(admin_client: Client, member_client: Client) -> None:
    values = {"name": " Spade ", "description": "For digging,\nand more.", "price": "12.5", "stock": 3}
    created = (await admin_client(CREATE_PRODUCT, input=values)).payload("createProduct")["product"]
    assert created["id"].startswith("product_")
    assert created == created | {
        "name": "Spade",
        "description": "For digging,\nand more.",
        "price": "12.50",
        "stock": 3,
        "active": True,
        "version": 1,
        "orderItems": {"totalCount": 0, "nodes": []},
    }
    assert (await member_client(PRODUCT_BY_ID, id=created["id"])).data["product"] == created


async def test_product_names_need_not_be_unique(admin_client: Client) -> None:
    first, second = [
        (await admin_client(CREATE_PRODUCT, input=NEW_PRODUCT)).payload("createProduct")["product"] for _ in range(2)
    ]
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
async def test_invalid_values_are_rejected(
    values: dict[str, Any], code: str, field: str, admin_client: Client, app_fixture: AppFixture
) -> None:
    response = await admin_client(CREATE_PRODUCT, input=NEW_PRODUCT | values)
    assert response.user_errors("createProduct") == [(code, ["input", field])]
    assert await fetch_table(app_fixture.tenant, Product) == []


@pytest.mark.parametrize("price", ["", "x", "NaN", "Infinity", "1,5", True, [], {}, "1e999", "0x10", None])
async def test_non_decimal_price_is_rejected(price: Any, admin_client: Client, app_fixture: AppFixture) -> None:
    assert (await admin_client(CREATE_PRODUCT, input=NEW_PRODUCT | {"price": price})).error_codes == ["BAD_USER_INPUT"]
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


async def test_update_changes_given_fields_but_never_stock(admin_client: Client, sample_data: SampleData) -> None:
    id = sample_data.ids("Product")[0]
    before = (await admin_client(PRODUCT_BY_ID, id=id)).data["product"]
    response = await admin_client(
        UPDATE_PRODUCT, id=id, input={"price": "3", "active": False}, expectedVersion=before["version"]
    )
    after = response.payload("updateProduct")["product"]
    assert after == before | {"price": "3.00", "active": False, "version": 5, "updatedAt": after["updatedAt"]}
    assert (await admin_client(UPDATE_PRODUCT, id=id, input={"stock": 99})).error_codes == ["BAD_USER_INPUT"]
    stale = await admin_client(UPDATE_PRODUCT, id=id, input={"price": "4"}, expectedVersion=1)
    assert stale.user_errors("updateProduct") == [("CONFLICT", ["expectedVersion"])]
    assert stale.data["updateProduct"]["product"] == after


async def test_product_without_orders_is_deleted(admin_client: Client, sample_data: SampleData) -> None:
    id = sample_data.ids("Product")[2]
    assert (await admin_client(DELETE_PRODUCT, id=id)).payload("deleteProduct") == {
        "deletedId": id,
        "product": None,
        "userErrors": [],
    }
    assert (await admin_client(PRODUCT_BY_ID, id=id)).data["product"] is None
    assert (await admin_client(DELETE_PRODUCT, id=id)).user_errors("deleteProduct") == [("NOT_FOUND", ["id"])]


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
    product = await app_fixture.tenant.create_product()
    order = await app_fixture.tenant.place_order((product, 1))
    (await admin_client(documents.order_transition("cancel"), id=global_id(order))).payload("cancelOrder")
    assert (await admin_client(DELETE_PRODUCT, id=global_id(product))).payload("deleteProduct")["deletedId"] is None


async def test_stock_is_adjusted_but_never_negative(admin_client: Client, app_fixture: AppFixture) -> None:
    product = await app_fixture.tenant.create_product(stock=3)
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
    product = await app_fixture.tenant.create_product()
    response = await admin_client(ADJUST_STOCK, productId=global_id(product), **arguments)
    assert response.user_errors("adjustStock") == [expected_error]
    assert response.data["adjustStock"]["product"] is None


@pytest.mark.parametrize("tenant", ["there", "nowhere"])
async def test_product_of_other_tenant_cannot_be_changed(
    tenant: str, admin_client: Client, app_fixture: AppFixture
) -> None:
    id = global_id(await app_fixture.other_tenant.create_product()) if tenant == "there" else f"product_{'0' * 32}"
    assert (await admin_client(PRODUCT_BY_ID, id=id)).data["product"] is None
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("updateProduct", UPDATE_PRODUCT, {"id": id, "input": {"name": "Mine"}}),
        ("deleteProduct", DELETE_PRODUCT, {"id": id}),
        ("adjustStock", ADJUST_STOCK, {"productId": id, "delta": 1, "reason": "Mine"}),
    ]
    for name, document, variables in calls:
        response = await admin_client(document, **variables)
        ((code, _),) = response.user_errors(name)
        assert (code, response.data[name]["product"]) == ("NOT_FOUND", None)


async def test_members_cannot_manage_products(member_client: Client, sample_data: SampleData) -> None:
    before = await fetch_table(sample_data.tenant, Product)
    id = sample_data.ids("Product")[0]
    for response in (
        await member_client(CREATE_PRODUCT, input=NEW_PRODUCT),
        await member_client(UPDATE_PRODUCT, id=id, input={"price": 0}),
        await member_client(DELETE_PRODUCT, id=id),
        await member_client(ADJUST_STOCK, productId=id, delta=1, reason="Mine"),
    ):
        assert response.error_codes == ["FORBIDDEN"]
    assert await fetch_table(sample_data.tenant, Product) == before


async def test_products_are_filtered_and_sorted_by_price(member_client: Client, app_fixture: AppFixture) -> None:
    for name, price in (("a", "1.00"), ("b", "10.00"), ("c", "9.99"), ("d", "1.00"), ("e", "0.00")):
        await app_fixture.tenant.create_product(name, price)
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
