"""Model-based test of orders: random operations on them and on a simple model have the same results."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from database.authentication import Credentials
from models import Event, Order, OrderItem, Product
from models.membership import Role
from models.order import OrderStatus
from services.core import records
from services.core.errors import Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.shop import order, product
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

STOCK = 15
PRODUCT_INDEXES = st.integers(0, 2)
ROLES = st.sampled_from([Role.MEMBER, Role.MEMBER, Role.ADMIN, Role.OWNER])
TRANSITIONS = {
    "confirm": {"PENDING": "CONFIRMED"},
    "ship": {"CONFIRMED": "SHIPPED"},
    "deliver": {"SHIPPED": "DELIVERED"},
    "cancel": {"PENDING": "CANCELLED", "CONFIRMED": "CANCELLED"},
}
EVENT_TYPES = {
    "confirm": "OrderConfirmed",
    "ship": "OrderShipped",
    "deliver": "OrderDelivered",
    "cancel": "OrderCancelled",
}


@dataclass
class ExpectedOrder:
    """The expected state of an order."""

    placed_by: Role
    items: Mapping[int, int]
    total: Decimal
    status: str = "PENDING"


class ShopMachine(RuleBasedStateMachine):
    """Three products, and users who order them. Use cases run in the event loop of the test."""

    orders = Bundle[UUID]("orders")
    app_fixture: AppFixture
    loop: asyncio.AbstractEventLoop

    def run_in_loop(self, coroutine: Any) -> Any:
        """Run a coroutine in the event loop; the machine runs in a thread of its own."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout=60)

    def execute(self, role: Role, use_case: Callable[[UnitOfWork], Awaitable[Any]]) -> tuple[set[str], Any]:
        """Run a use case as a user with this role; return the error codes and the result."""
        tenant = self.app_fixture.tenant
        try:
            credentials = Credentials(tenant.users[role].id, tenant.slug)
            return set(), self.run_in_loop(run_use_case(self.app_fixture.database, credentials, use_case))
        except Rejected as rejected:
            return {problem.code for problem in rejected.problems}, rejected.current

    @initialize()
    def open(self) -> None:
        self.products = [
            self.run_in_loop(self.app_fixture.tenant.create(Product, name=f"P{n}", price=f"{n + 1}.25", stock=STOCK)).id
            for n in range(3)
        ]
        self.stock = [STOCK] * 3
        self.active = [True] * 3
        self.price = [Decimal(f"{n + 1}.25") for n in range(3)]
        self.expected_orders: dict[UUID, ExpectedOrder] = {}
        self.events: Counter[str] = Counter()

    @rule(
        target=orders, role=ROLES, lines=st.lists(st.tuples(PRODUCT_INDEXES, st.integers(1, 4)), min_size=1, max_size=3)
    )
    def place(self, role: Role, lines: list[tuple[int, int]]) -> UUID | MultipleResults[UUID]:
        order_lines = [order.OrderLine(self.products[index], quantity) for index, quantity in lines]
        codes, placed = self.execute(role, lambda work: order.place_order(work, order_lines, "1 Lane"))
        items: Counter[int] = Counter()
        for index, quantity in lines:
            items[index] += quantity
        expected = {"NOT_FOR_SALE" for index in items if not self.active[index]}
        expected |= {"OUT_OF_STOCK" for index, n in items.items() if self.active[index] and n > self.stock[index]}
        assert codes == expected
        if codes:
            return multiple()
        for index, quantity in items.items():
            self.stock[index] -= quantity
        total = sum((self.price[index] * quantity for index, quantity in items.items()), Decimal(0))
        self.expected_orders[placed.id] = ExpectedOrder(role, items, total)
        self.events["OrderPlaced"] += 1
        order_id: UUID = placed.id
        return order_id

    @rule(id=orders, role=ROLES, action=st.sampled_from(sorted(TRANSITIONS)))
    def advance(self, id: UUID, role: Role, action: str) -> None:
        codes, result = self.execute(role, lambda work: order.advance_order(work, action, id, None))
        expected_order = self.expected_orders[id]
        to = TRANSITIONS[action].get(expected_order.status)
        if role is Role.MEMBER and expected_order.placed_by is not Role.MEMBER:
            assert (codes, result) == ({"NOT_FOUND"}, None)
        elif to is None or (role is Role.MEMBER and (action, expected_order.status) != ("cancel", "PENDING")):
            assert (codes, result.status) == ({"WRONG_STATUS"}, expected_order.status)
        else:
            assert (codes, result.status) == (set(), to)
            expected_order.status = to
            self.events[EVENT_TYPES[action]] += 1
            for index, quantity in expected_order.items.items() if to == "CANCELLED" else ():
                self.stock[index] += quantity

    @rule(index=PRODUCT_INDEXES, delta=st.integers(-6, 6).filter(bool))
    def adjust(self, index: int, delta: int) -> None:
        codes, _ = self.execute(
            Role.ADMIN, lambda work: product.adjust_stock(work, self.products[index], delta, "Counted")
        )
        fits = self.stock[index] + delta >= 0
        assert codes == (set() if fits else {"OUT_OF_RANGE"})
        self.stock[index] += delta if fits else 0

    @rule(index=PRODUCT_INDEXES, active=st.sampled_from([True, True, False]), price=st.integers(0, 500))
    def change(self, index: int, active: bool, price: int) -> None:  # noqa: FBT001
        self.active[index], self.price[index] = active, Decimal(price) / 100
        values = {"active": active, "price": self.price[index]}
        codes, _ = self.execute(
            Role.ADMIN, lambda work: records.update(work, Product, self.products[index], values, None)
        )
        assert codes == set()

    def teardown(self) -> None:
        """Compare the database with the model."""
        if hasattr(self, "products"):
            self.compare()

    def compare(self) -> None:
        rows = {
            model: self.run_in_loop(fetch_table(self.app_fixture.tenant, model))
            for model in (Product, Order, OrderItem, Event)
        }
        stock = {row["id"]: row["stock"] for row in rows[Product]}
        assert [stock[id] for id in self.products] == self.stock
        own_rows = [row for row in rows[Order] if row["id"] in self.expected_orders]
        assert {row["id"]: (row["status"], row["total"]) for row in own_rows} == {
            id: (OrderStatus[expected.status], expected.total) for id, expected in self.expected_orders.items()
        }
        expected_items = {
            id: {self.products[index]: n for index, n in expected.items.items()}
            for id, expected in self.expected_orders.items()
        }
        stored_items: dict[UUID, dict[UUID, int]] = {id: {} for id in self.expected_orders}
        for row in rows[OrderItem]:
            if row["order_id"] in stored_items:
                stored_items[row["order_id"]][row["product_id"]] = row["quantity"]
        assert stored_items == expected_items
        assert Counter(row["type"] for row in rows[Event] if row["stream_id"] in self.expected_orders) == self.events


@pytest.mark.slow
async def test_orders_behave_like_their_model(app_fixture: AppFixture) -> None:
    machine = type("BoundShopMachine", (ShopMachine,), {"app_fixture": app_fixture, "loop": asyncio.get_running_loop()})
    config = settings(
        max_examples=15,
        stateful_step_count=25,
        phases=[Phase.generate],  # shrinking a failure takes minutes
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=config)
