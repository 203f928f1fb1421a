"""Adjusting the stock of many products, and the statements of orders of many products."""

import asyncio
from typing import Any

import pytest

from models import Event, Product
from models.ids import new_id, public_id
from tests.harness.statement_counter import StatementCounter
from tests.support import bulk_documents, documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import fetch_table

BULK_ADJUST_STOCK = bulk_documents.BULK_ADJUST_STOCK
POLICIES = ["REJECT_ALL", "SKIP_FAILED"]


async def create_products(app_fixture: AppFixture, *stocks: int) -> list[str]:
    """Create products with this stock and return their ids."""
    return [global_id(await app_fixture.tenant.create(Product, stock=stock)) for stock in stocks]


def adjustment(id: str, delta: int) -> dict[str, Any]:
    """Return an adjustment."""
    return {"productId": id, "delta": delta}


async def stocks(app_fixture: AppFixture) -> dict[str, int]:
    """Return the stock of each product."""
    return {public_id("product", row["id"]): row["stock"] for row in await fetch_table(app_fixture.tenant, Product)}


async def stock_events(app_fixture: AppFixture) -> dict[str, list[tuple[int, int, str]]]:
    """Return version, new stock and reason of the events of each product."""
    rows = sorted(await fetch_table(app_fixture.tenant, Event), key=lambda row: row["version"])
    events: dict[str, list[tuple[int, int, str]]] = {}
    for row in rows:
        event = row["version"], row["data"]["stock"], row["data"]["reason"]
        events.setdefault(public_id("product", row["stream_id"]), []).append(event)
    return events


@pytest.mark.any_server
async def test_adjustments_add_up_and_are_recorded(admin_client: Client, app_fixture: AppFixture) -> None:
    a, b = await create_products(app_fixture, 3, 0)
    adjustments = [adjustment(b, 4), adjustment(a, -3), adjustment(b, -1)]
    response = await admin_client(BULK_ADJUST_STOCK, adjustments=adjustments, reason=" Delivery ")
    payload = response.payload("bulkAdjustStock")
    assert [(row["index"], row["product"]["id"], row["product"]["stock"]) for row in payload["results"]] == [
        *((0, b, 3), (1, a, 0), (2, b, 3)),
    ]
    assert await stocks(app_fixture) == {a: 0, b: 3}
    assert await stock_events(app_fixture) == {
        a: [(1, 3, "Opening stock"), (2, 0, "Delivery")],
        b: [(1, 4, "Delivery"), (2, 3, "Delivery")],
    }
    assert {row["version"] for row in await fetch_table(app_fixture.tenant, Product)} == {2}


@pytest.mark.parametrize("policy", POLICIES)
async def test_errors_of_all_rows_are_reported_at_their_positions(
    policy: str, admin_client: Client, app_fixture: AppFixture
) -> None:
    a, b = await create_products(app_fixture, 3, 1_000_000_000)
    foreign = global_id(await app_fixture.other_tenant.create(Product))
    unknown = public_id("product", new_id())
    adjustments = [*map(adjustment, [a, a, b, a, foreign, unknown], [-2, -2, 1, 0, 1, 1])]
    response = await admin_client(BULK_ADJUST_STOCK, adjustments=adjustments, reason="Counted", errorPolicy=policy)
    payload = response.data["bulkAdjustStock"]
    found = {row["index"]: [(each["code"], each["field"]) for each in row["userErrors"]] for row in payload["results"]}
    assert {index: errors for index, errors in found.items() if errors} == {
        1: [("OUT_OF_RANGE", ["adjustments", "1", "delta"])],
        2: [("OUT_OF_RANGE", ["adjustments", "2", "delta"])],
        3: [("INVALID", ["adjustments", "3", "delta"])],
        4: [("NOT_FOUND", ["adjustments", "4", "productId"])],
        5: [("NOT_FOUND", ["adjustments", "5", "productId"])],
    }
    is_partial = policy == "SKIP_FAILED"
    assert await stocks(app_fixture) == {a: 1 if is_partial else 3, b: 1_000_000_000}
    assert (payload["succeeded"], payload["failed"]) == (int(is_partial), 5)
    assert bool(payload["userErrors"]) is not is_partial


async def test_reason_is_required(admin_client: Client, app_fixture: AppFixture) -> None:
    (id,) = await create_products(app_fixture, 3)
    response = await admin_client(BULK_ADJUST_STOCK, adjustments=[adjustment(id, 1)], reason=" ")
    assert response.user_errors("bulkAdjustStock") == [("TOO_SHORT", ["reason"])]
    response = await admin_client(BULK_ADJUST_STOCK, adjustments=[], reason="Counted")
    assert response.user_errors("bulkAdjustStock") == [("TOO_SHORT", ["adjustments"])]


async def test_concurrent_adjustments_add_up(admin_client: Client, app_fixture: AppFixture) -> None:
    ids = await create_products(app_fixture, *[0] * 10)
    responses = await asyncio.gather(
        *(
            admin_client(
                BULK_ADJUST_STOCK,
                adjustments=[adjustment(id, 1) for id in ids[start:] + ids[:start]],
                reason="Delivery",
            )
            for start in range(5)
        )
    )
    assert [response.payload("bulkAdjustStock")["succeeded"] for response in responses] == [10] * 5
    assert set((await stocks(app_fixture)).values()) == {5}
    assert {len(events) for events in (await stock_events(app_fixture)).values()} == {5}


async def test_opening_stock_of_many_products_is_limited_and_recorded(
    admin_client: Client, app_fixture: AppFixture
) -> None:
    inputs = [{"name": "Spade", "price": "1", "stock": stock} for stock in (0, 5, 1_000_000_001)]
    document = bulk_documents.bulk_create("Product")
    response = await admin_client(document, inputs=inputs, errorPolicy="SKIP_FAILED")
    payload = response.payload("bulkCreateProducts")
    assert [each["field"] for each in payload["results"][2]["userErrors"]] == [["inputs", "2", "stock"]]
    assert await stock_events(app_fixture) == {payload["results"][1]["product"]["id"]: [(1, 5, "Opening stock")]}


async def count_order_statements(
    client: Client, app_fixture: AppFixture, statement_counter: StatementCounter, product_count: int
) -> tuple[int, int]:
    """Return the numbers of statements that placing and cancelling an order of so many products takes."""
    items = [{"productId": id, "quantity": 1} for id in await create_products(app_fixture, *[5] * product_count)]
    await client.lease_cost_points()
    with statement_counter:
        placed = await client(
            "mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } userErrors { code } } }",
            input={"items": items, "shippingAddress": "1 Lane"},
        )
    id, placing = placed.payload("placeOrder")["order"]["id"], statement_counter.count
    with statement_counter:
        response = await client(documents.transition("cancel", "Order"), id=id)
    response.payload("cancelOrder")
    assert set((await stocks(app_fixture)).values()) == {5}
    return placing, statement_counter.count


async def test_statements_of_an_order_do_not_depend_on_the_number_of_products(
    member_client: Client, app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    few = await count_order_statements(member_client, app_fixture, statement_counter, 2)
    assert await count_order_statements(member_client, app_fixture, statement_counter, 30) == few


async def test_statements_of_adjustments_do_not_depend_on_the_number_of_products(
    admin_client: Client, app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    ids = await create_products(app_fixture, *[1] * 30)
    await admin_client.lease_cost_points()
    counts = []
    document = (
        "mutation ($adjustments: [StockAdjustmentInput!]!) {"
        ' bulkAdjustStock(adjustments: $adjustments, reason: "Delivery") { succeeded userErrors { code } } }'
    )
    for selected in (ids[:2], ids):
        adjustments = [adjustment(id, 1) for id in selected]
        with statement_counter:
            response = await admin_client(document, adjustments=adjustments)
        response.payload("bulkAdjustStock")
        counts.append(statement_counter.count)
    assert counts[0] == counts[1]
