"""Orders against a model of them that fits on a page, whatever is done in whatever order."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

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

from models import Event, Order, OrderItem, Product
from models.membership import Role
from models.order import OrderStatus
from queries.caller import Caller
from services import order, product
from services.errors import Refused
from services.unit_of_work import UnitOfWork, perform
from tests.support.scene import stored
from tests.support.world import World

STOCK = 15
PLACE = st.integers(0, 2)
WHO = st.sampled_from([Role.MEMBER, Role.MEMBER, Role.ADMIN, Role.OWNER])
WAYS = {
    "confirm": {"PENDING": "CONFIRMED"},
    "ship": {"CONFIRMED": "SHIPPED"},
    "deliver": {"SHIPPED": "DELIVERED"},
    "cancel": {"PENDING": "CANCELLED", "CONFIRMED": "CANCELLED"},
}
HAPPENED = {
    "confirm": "OrderConfirmed",
    "ship": "OrderShipped",
    "deliver": "OrderDelivered",
    "cancel": "OrderCancelled",
}


@dataclass
class Known:
    """What an order should be."""

    placed_by: Role
    items: Mapping[int, int]
    total: Decimal
    status: str = "PENDING"


class Shop(RuleBasedStateMachine):
    """Three products, and people who do things with them. What is done is done in the test's own event loop."""

    orders = Bundle[UUID]("orders")
    world: World
    loop: asyncio.AbstractEventLoop

    def await_(self, doing: Any) -> Any:
        """What comes of it; this runs in a thread beside the loop."""
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(timeout=60)

    def do(self, who: Role, use_case: Callable[[UnitOfWork], Awaitable[Any]]) -> tuple[set[str], Any]:
        """The codes of what was refused, and what was answered."""
        here = self.world.here
        try:
            caller = Caller(here.users[who].id, here.slug)
            return set(), self.await_(perform(self.world.database.writing, caller, use_case))
        except Refused as refused:
            return {problem.code for problem in refused.problems}, refused.current

    @initialize()
    def open(self) -> None:
        self.products = [
            self.await_(self.world.here.product(f"P{n}", price=f"{n + 1}.25", stock=STOCK)).id for n in range(3)
        ]
        self.stock = [STOCK] * 3
        self.active = [True] * 3
        self.price = [Decimal(f"{n + 1}.25") for n in range(3)]
        self.known: dict[UUID, Known] = {}
        self.events: Counter[str] = Counter()

    @rule(target=orders, who=WHO, wanted=st.lists(st.tuples(PLACE, st.integers(1, 4)), min_size=1, max_size=3))
    def place(self, who: Role, wanted: list[tuple[int, int]]) -> UUID | MultipleResults[UUID]:
        lines = [order.Line(self.products[place], quantity) for place, quantity in wanted]
        codes, placed = self.do(who, lambda work: order.place_order(work, lines, "1 Lane"))
        items: Counter[int] = Counter()
        for place, quantity in wanted:
            items[place] += quantity
        expected = {"NOT_FOR_SALE" for place in items if not self.active[place]}
        expected |= {"OUT_OF_STOCK" for place, n in items.items() if self.active[place] and n > self.stock[place]}
        assert codes == expected
        if codes:
            return multiple()
        for place, quantity in items.items():
            self.stock[place] -= quantity
        total = sum((self.price[place] * quantity for place, quantity in items.items()), Decimal(0))
        self.known[placed.id] = Known(who, items, total)
        self.events["OrderPlaced"] += 1
        made: UUID = placed.id
        return made

    @rule(id=orders, who=WHO, step=st.sampled_from(sorted(WAYS)))
    def go_on(self, id: UUID, who: Role, step: str) -> None:
        codes, answered = self.do(who, lambda work: order.take_step(work, step, id, None))
        known = self.known[id]
        to = WAYS[step].get(known.status)
        if who is Role.MEMBER and known.placed_by is not Role.MEMBER:
            assert (codes, answered) == ({"NOT_FOUND"}, None)
        elif to is None or (who is Role.MEMBER and (step, known.status) != ("cancel", "PENDING")):
            assert (codes, answered.status) == ({"WRONG_STATUS"}, known.status)
        else:
            assert (codes, answered.status) == (set(), to)
            known.status = to
            self.events[HAPPENED[step]] += 1
            for place, quantity in known.items.items() if to == "CANCELLED" else ():
                self.stock[place] += quantity

    @rule(place=PLACE, delta=st.integers(-6, 6).filter(bool))
    def adjust(self, place: int, delta: int) -> None:
        codes, _ = self.do(Role.ADMIN, lambda work: product.adjust_stock(work, self.products[place], delta, "Counted"))
        fits = self.stock[place] + delta >= 0
        assert codes == (set() if fits else {"OUT_OF_RANGE"})
        self.stock[place] += delta if fits else 0

    @rule(place=PLACE, active=st.sampled_from([True, True, False]), price=st.integers(0, 500))
    def change(self, place: int, active: bool, price: int) -> None:  # noqa: FBT001
        self.active[place], self.price[place] = active, Decimal(price) / 100
        values = {"active": active, "price": self.price[place]}
        codes, _ = self.do(Role.ADMIN, lambda work: product.update_product(work, self.products[place], values, None))
        assert codes == set()

    def teardown(self) -> None:
        """In the end everything is as the model says."""
        if hasattr(self, "products"):
            self.compare()

    def compare(self) -> None:
        rows = {model: self.await_(stored(self.world.here, model)) for model in (Product, Order, OrderItem, Event)}
        stock = {row["id"]: row["stock"] for row in rows[Product]}
        assert [stock[id] for id in self.products] == self.stock
        mine = [row for row in rows[Order] if row["id"] in self.known]
        assert {row["id"]: (row["status"], row["total"]) for row in mine} == {
            id: (OrderStatus[known.status], known.total) for id, known in self.known.items()
        }
        held = {id: {self.products[place]: n for place, n in known.items.items()} for id, known in self.known.items()}
        found: dict[UUID, dict[UUID, int]] = {id: {} for id in self.known}
        for row in rows[OrderItem]:
            if row["order_id"] in found:
                found[row["order_id"]][row["product_id"]] = row["quantity"]
        assert found == held
        assert Counter(row["type"] for row in rows[Event] if row["stream_id"] in self.known) == self.events


async def test_orders_are_what_a_simple_model_says(world: World) -> None:
    machine = type("Here", (Shop,), {"world": world, "loop": asyncio.get_running_loop()})
    how = settings(
        max_examples=15,
        stateful_step_count=25,
        phases=[Phase.generate],  # to make a failure shorter takes minutes
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=how)
