"""Orders on their way: which step leads from where, who may take it, and what becomes of the stock."""

import itertools
from typing import Any

import pytest
from sqlalchemy import update

from models import Order, Product
from models.membership import Role
from models.order import OrderStatus
from models.relations import table_of
from tests.support import documents
from tests.support.client import Client
from tests.support.scene import stored
from tests.support.world import World, gid

LEADS = {
    ("PENDING", "confirm"): "CONFIRMED",
    ("PENDING", "cancel"): "CANCELLED",
    ("CONFIRMED", "ship"): "SHIPPED",
    ("CONFIRMED", "cancel"): "CANCELLED",
    ("SHIPPED", "deliver"): "DELIVERED",
}
STEPS = ("confirm", "ship", "deliver", "cancel")
EVERY = [*itertools.product(OrderStatus, STEPS)]


@pytest.fixture
def admin(world: World) -> Client:
    """An admin of the tenant."""
    return world.here.client(Role.ADMIN)


async def an_order(world: World, status: str, role: Role = Role.MEMBER) -> Order:
    """An order that has come so far, of two of a product of which there were ten."""
    order = await world.here.order((await world.here.product(stock=10), 2), role=role)
    async with world.database.writing.begin() as connection:
        table = table_of(Order)
        tenant = {"tenant": str(world.here.tenant_id)}
        if world.database.dialect == "postgresql":
            await connection.exec_driver_sql(f"SELECT set_config('app.tenant_id', '{tenant['tenant']}', true)")
        await connection.execute(update(table).where(table.c.id == order.id).values(status=status))
    return order


async def stock(world: World) -> int:
    """What is left of the product."""
    (row,) = await stored(world.here, Product)
    found: int = row["stock"]
    return found


@pytest.mark.parametrize(("status", "step"), EVERY)
async def test_a_step_leads_on_or_says_which_would(status: str, step: str, admin: Client, world: World) -> None:
    order = await an_order(world, status)
    answer = await admin(documents.step(step), id=gid(order))
    payload: dict[str, Any] = answer.data[f"{step}Order"]
    to = LEADS.get((status, step))
    assert payload["order"]["status"] == (to or status)
    assert payload["order"]["version"] == (2 if to else 1)
    assert await stock(world) == (10 if to == "CANCELLED" else 8)
    if to is None:
        assert answer.refusals(f"{step}Order") == [("WRONG_STATUS", ["id"])]
        message, possible = payload["userErrors"][0]["message"], [each for each in STEPS if (status, each) in LEADS]
        end = f"what can be done with it is: {', '.join(possible)}." if possible else "there is nothing to be done."
        assert message == f"You cannot {step} it: it is {status}, and {end}"
    else:
        assert payload["userErrors"] == []


@pytest.mark.parametrize("status", OrderStatus)
async def test_whoever_placed_an_order_may_cancel_it_while_it_is_pending(
    status: str, member: Client, world: World
) -> None:
    order = await an_order(world, status)
    answer = await member(documents.step("cancel"), id=gid(order))
    if status == "PENDING":
        assert answer.payload("cancelOrder")["order"]["status"] == "CANCELLED"
        assert await stock(world) == 10
    else:
        assert answer.refusals("cancelOrder") == [("WRONG_STATUS", ["id"])]
        assert answer.data["cancelOrder"]["order"]["status"] == status
        assert answer.data["cancelOrder"]["userErrors"][0]["message"].endswith("there is nothing to be done.")
        assert await stock(world) == 8


async def test_members_take_no_other_step(member: Client, world: World) -> None:
    for status, step in (("PENDING", "confirm"), ("CONFIRMED", "ship"), ("SHIPPED", "deliver")):
        order = await an_order(world, status)
        assert (await member(documents.step(step), id=gid(order))).codes == ["FORBIDDEN"]
        assert {row["status"] for row in await stored(world.here, Order) if row["id"] == order.id} == {status}


@pytest.mark.parametrize("step", STEPS)
async def test_an_order_that_is_not_there_for_them_is_not_found(step: str, world: World) -> None:
    there = await world.there.order((await world.there.product(), 1))
    owners = await an_order(world, "PENDING", Role.OWNER)
    asked = [(Role.ADMIN, gid(there)), (Role.OWNER, f"order_{'0' * 32}"), (Role.OWNER, ""), (Role.OWNER, "x")]
    asked += [(Role.MEMBER, gid(owners)), (Role.MEMBER, gid(there))] if step == "cancel" else []
    for role, id in asked:
        answer = await world.here.client(role)(documents.step(step), id=id)
        assert answer.refusals(f"{step}Order") == [("NOT_FOUND", ["id"])]
        assert answer.data[f"{step}Order"]["order"] is None
    assert {row["status"] for row in await stored(world.here, Order)} == {"PENDING"}
    assert {row["status"] for row in await stored(world.there, Order)} == {"PENDING"}
    assert await stock(world) == 8


async def test_a_stale_version_is_a_conflict_that_shows_the_order_as_it_is(admin: Client, world: World) -> None:
    order = await an_order(world, "PENDING")
    for step in STEPS:
        answer = await admin(documents.step(step), id=gid(order), expectedVersion=7)
        assert answer.refusals(f"{step}Order") == [("CONFLICT", ["expectedVersion"])]
        assert answer.data[f"{step}Order"]["order"]["version"] == 1
    answer = await admin(documents.step("confirm"), id=gid(order), expectedVersion=1)
    assert answer.payload("confirmOrder")["order"]["version"] == 2


async def test_what_is_given_back_goes_to_products_that_were_made_inactive_too(admin: Client, world: World) -> None:
    product = await world.here.product(stock=3)
    order = await world.here.order((product, 3))
    assert (await admin(documents.delete("Product"), id=gid(product))).payload("deleteProduct")["product"]["stock"] == 0
    await admin(documents.step("cancel"), id=gid(order))
    shown = (await admin(documents.one("Product"), id=gid(product))).data["product"]
    assert (shown["stock"], shown["active"]) == (3, False)
