"""Placing orders: all problems are reported at once, and nothing is taken from stock if there are any."""

from models import Event, Order, Product
from models.ids import NIL_UUID
from services.core.errors import Rejected
from services.core.unit_of_work import UnitOfWork
from services.shop import order
from services.shop.order import MAX_ITEMS, OrderLine
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table


async def find_problems(app_fixture: AppFixture, lines: list[OrderLine], address: str) -> list[tuple[str, str]]:
    """Place an order that is rejected, and return code and path of each problem."""

    async def place(work: UnitOfWork) -> list[tuple[str, str]]:
        try:
            await order.place_order(work, lines, address)
        except Rejected as rejected:
            return [(problem.code, ".".join(problem.field)) for problem in rejected.problems]
        raise AssertionError("the order was placed")

    problems: list[tuple[str, str]] = await app_fixture.tenant.run_use_case(place)
    return problems


async def test_all_problems_are_reported_at_once(app_fixture: AppFixture) -> None:
    create = app_fixture.tenant.create
    spade, rake, hoe = [await create(Product, name=name, stock=5) for name in ("Spade", "Rake", "Hoe")]
    inactive = await create(Product, name="Scythe", active=False)
    lines = [
        OrderLine(spade.id, 0),
        OrderLine(NIL_UUID, 1),
        OrderLine(rake.id, 6),
        OrderLine(inactive.id, -1),
        OrderLine(hoe.id, 10_001),
        OrderLine(spade.id, 1),
    ]
    assert await find_problems(app_fixture, lines, " ") == [
        ("TOO_SHORT", "input.shipping_address"),
        ("OUT_OF_RANGE", "input.items.0.quantity"),
        ("NOT_FOUND", "input.items.1.product_id"),
        ("OUT_OF_STOCK", "input.items.2.quantity"),
        ("OUT_OF_RANGE", "input.items.3.quantity"),
        ("NOT_FOR_SALE", "input.items.3.product_id"),
        ("OUT_OF_RANGE", "input.items.4.quantity"),
    ]
    assert {row["stock"] for row in await fetch_table(app_fixture.tenant, Product) if row["active"]} == {5}
    assert await fetch_table(app_fixture.tenant, Order) == []
    assert {row["stream_type"] for row in await fetch_table(app_fixture.tenant, Event)} == {"product"}


async def test_number_of_items_is_reported_together_with_all_other_problems(app_fixture: AppFixture) -> None:
    too_many = [OrderLine(NIL_UUID, 1)] * (MAX_ITEMS + 1)
    assert await find_problems(app_fixture, [], "") == [
        ("TOO_SHORT", "input.shipping_address"),
        ("TOO_SHORT", "input.items"),
    ]
    assert await find_problems(app_fixture, too_many, "x" * 1001) == [
        ("TOO_LONG", "input.shipping_address"),
        ("TOO_LONG", "input.items"),
        ("NOT_FOUND", "input.items.0.product_id"),
    ]


async def test_merged_quantity_is_reported_once_at_the_first_line(app_fixture: AppFixture) -> None:
    spade = await app_fixture.tenant.create(Product, name="Spade", stock=50_000)
    lines = [OrderLine(spade.id, 10_000), OrderLine(spade.id, 10_000)]
    assert await find_problems(app_fixture, lines, "1 Lane") == [("OUT_OF_RANGE", "input.items.0.quantity")]
    scarce = await app_fixture.tenant.create(Product, name="Rake", stock=3)
    lines = [OrderLine(scarce.id, 2), OrderLine(scarce.id, 2)]
    assert await find_problems(app_fixture, lines, "1 Lane") == [("OUT_OF_STOCK", "input.items.0.quantity")]
