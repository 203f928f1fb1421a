"""Order status transitions: allowed transitions, who may make them, and their effect on stock."""

import itertools
from typing import Any

import pytest
from sqlalchemy import update

from database.authentication import set_tenant
from models import Order, Product
from models.membership import Role
from models.order import OrderStatus
from models.relations import table_of
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import fetch_table

TARGET_STATUS = {
    ("PENDING", "confirm"): "CONFIRMED",
    ("PENDING", "cancel"): "CANCELLED",
    ("CONFIRMED", "ship"): "SHIPPED",
    ("CONFIRMED", "cancel"): "CANCELLED",
    ("SHIPPED", "deliver"): "DELIVERED",
}
TRANSITIONS = ("confirm", "ship", "deliver", "cancel")
PARTICIPLES = {"confirm": "confirmed", "ship": "shipped", "deliver": "delivered", "cancel": "cancelled"}
ALL_COMBINATIONS = [*itertools.product(OrderStatus, TRANSITIONS)]


async def create_order(app_fixture: AppFixture, status: str, role: Role = Role.MEMBER) -> Order:
    """Return an order with this status: two of a product with an initial stock of ten."""
    order = await app_fixture.tenant.place_order((await app_fixture.tenant.create(Product, stock=10), 2), role=role)
    async with app_fixture.database.write_engine.begin() as connection:
        table = table_of(Order)
        await set_tenant(connection, app_fixture.tenant.id)
        await connection.execute(update(table).where(table.c.id == order.id).values(status=status))
    return order


async def stock(app_fixture: AppFixture) -> int:
    """Return the stock of the only product."""
    (row,) = await fetch_table(app_fixture.tenant, Product)
    quantity: int = row["stock"]
    return quantity


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(("status", "transition"), ALL_COMBINATIONS)
async def test_transition_succeeds_or_reports_allowed_ones(
    status: str, transition: str, admin_client: Client, app_fixture: AppFixture
) -> None:
    order = await create_order(app_fixture, status)
    response = await admin_client(documents.transition(transition, "Order"), id=global_id(order))
    payload: dict[str, Any] = response.data[f"{transition}Order"]
    target_status = TARGET_STATUS.get((status, transition))
    assert payload["order"]["status"] == (target_status or status)
    assert payload["order"]["version"] == (2 if target_status else 1)
    assert await stock(app_fixture) == (10 if target_status == "CANCELLED" else 8)
    if target_status is None:
        assert response.user_errors(f"{transition}Order") == [("WRONG_STATUS", ["id"])]
        message, allowed = (
            payload["userErrors"][0]["message"],
            [name for name in TRANSITIONS if (status, name) in TARGET_STATUS],
        )
        hint = f"Possible actions: {', '.join(allowed)}." if allowed else "No action is possible."
        assert message == f"This order cannot be {PARTICIPLES[transition]}: its status is {status}. {hint}"
    else:
        assert payload["userErrors"] == []


@pytest.mark.parametrize("status", OrderStatus)
async def test_member_cancels_own_order_only_while_pending(
    status: str, member_client: Client, app_fixture: AppFixture
) -> None:
    order = await create_order(app_fixture, status)
    response = await member_client(documents.transition("cancel", "Order"), id=global_id(order))
    if status == "PENDING":
        assert response.payload("cancelOrder")["order"]["status"] == "CANCELLED"
        assert await stock(app_fixture) == 10
    else:
        assert response.user_errors("cancelOrder") == [("WRONG_STATUS", ["id"])]
        assert response.data["cancelOrder"]["order"]["status"] == status
        assert response.data["cancelOrder"]["userErrors"][0]["message"].endswith("No action is possible.")
        assert await stock(app_fixture) == 8


async def test_members_cannot_confirm_ship_or_deliver(member_client: Client, app_fixture: AppFixture) -> None:
    for status, transition in (("PENDING", "confirm"), ("CONFIRMED", "ship"), ("SHIPPED", "deliver")):
        order = await create_order(app_fixture, status)
        assert (await member_client(documents.transition(transition, "Order"), id=global_id(order))).error_codes == [
            "FORBIDDEN"
        ]
        assert {row["status"] for row in await fetch_table(app_fixture.tenant, Order) if row["id"] == order.id} == {
            status
        }


@pytest.mark.parametrize("transition", TRANSITIONS)
async def test_invisible_order_is_not_found(transition: str, app_fixture: AppFixture) -> None:
    foreign_order = await app_fixture.other_tenant.place_order((await app_fixture.other_tenant.create(Product), 1))
    owner_order = await create_order(app_fixture, "PENDING", Role.OWNER)
    attempts = [
        (Role.ADMIN, global_id(foreign_order)),
        (Role.OWNER, f"order_{'0' * 32}"),
        (Role.OWNER, ""),
        (Role.OWNER, "x"),
    ]
    attempts += (
        [(Role.MEMBER, global_id(owner_order)), (Role.MEMBER, global_id(foreign_order))]
        if transition == "cancel"
        else []
    )
    for role, id in attempts:
        response = await app_fixture.tenant.client(role)(documents.transition(transition, "Order"), id=id)
        assert response.user_errors(f"{transition}Order") == [("NOT_FOUND", ["id"])]
        assert response.data[f"{transition}Order"]["order"] is None
    assert {row["status"] for row in await fetch_table(app_fixture.tenant, Order)} == {"PENDING"}
    assert {row["status"] for row in await fetch_table(app_fixture.other_tenant, Order)} == {"PENDING"}
    assert await stock(app_fixture) == 8


async def test_stale_version_is_conflict_with_current_order(admin_client: Client, app_fixture: AppFixture) -> None:
    order = await create_order(app_fixture, "PENDING")
    for transition in TRANSITIONS:
        response = await admin_client(documents.transition(transition, "Order"), id=global_id(order), expectedVersion=7)
        assert response.user_errors(f"{transition}Order") == [("CONFLICT", ["expectedVersion"])]
        assert response.data[f"{transition}Order"]["order"]["version"] == 1
    response = await admin_client(documents.transition("confirm", "Order"), id=global_id(order), expectedVersion=1)
    assert response.payload("confirmOrder")["order"]["version"] == 2


async def test_cancellation_restores_stock_of_inactive_product(admin_client: Client, app_fixture: AppFixture) -> None:
    product = await app_fixture.tenant.create(Product, stock=3)
    order = await app_fixture.tenant.place_order((product, 3))
    assert (await admin_client(documents.delete("Product"), id=global_id(product))).payload("deleteProduct")["product"][
        "stock"
    ] == 0
    await admin_client(documents.transition("cancel", "Order"), id=global_id(order))
    product_after = (await admin_client(documents.by_id("Product"), id=global_id(product))).data["product"]
    assert (product_after["stock"], product_after["active"]) == (3, False)
