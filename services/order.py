"""Orders: placed, which reserves stock, and brought on their way step by step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import Order, OrderItem, Product
from models.order import OrderStatus
from models.relations import table_of
from queries.caller import Actor
from queries.scope import visible
from services import events, records, stock
from services.errors import Code, Problem, Refused, not_found
from services.event_types import EventData
from services.event_types.shop import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderedItem,
    OrderPlaced,
    OrderShipped,
)
from services.unit_of_work import UnitOfWork
from services.validation import checked, problems_of

MOST_LINES = 100
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Line:
    """So many of a product."""

    product_id: UUID
    quantity: int


async def place_order(work: UnitOfWork, lines: Sequence[Line], shipping_address: str) -> Order:
    """A new order of the actor's, its products taken from stock; Refused, with every problem, and nothing taken, if any
    of them is not there, inactive or too few. The same product on several lines counts as one."""
    values = _checked(work.actor, lines, shipping_address)
    quantities: dict[UUID, int] = {}
    for line in lines:
        quantities[line.product_id] = quantities.get(line.product_id, 0) + line.quantity
    products = await stock.locked(work, quantities)
    if problems := list(_shortages(lines, quantities, products)):
        raise Refused(*problems)
    order = Order(**values, total=NOTHING)
    items = [_item(order, products[id], quantity) for id, quantity in quantities.items()]
    order.total = sum((item.subtotal for item in items), NOTHING)
    await work.add(order)
    await work.add(*items)
    await stock.take(work, products, quantities)
    await events.append(work, "order", order.id, _placed(order, items))
    return order


def _checked(actor: Actor, lines: Sequence[Line], shipping_address: str) -> dict[str, Any]:
    """What an order is made of, clean; Refused, with every problem that shows without looking at the products."""
    if not lines:
        raise Refused(Problem(Code.TOO_SHORT, ("input", "items"), "Name at least one product."))
    if len(lines) > MOST_LINES:
        message = f"An order may have at most {MOST_LINES} items."
        raise Refused(Problem(Code.TOO_LONG, ("input", "items"), message))
    given = {"shipping_address": shipping_address}
    problems = list(problems_of(Order, given, "input"))
    for place, line in enumerate(lines):
        problems += problems_of(OrderItem, {"quantity": line.quantity}, *_path(place))
    if problems:
        raise Refused(*problems)
    return checked(Order, given, "input") | {"placed_by_id": actor.user_id}


def _shortages(
    lines: Sequence[Line], quantities: Mapping[UUID, int], products: Mapping[UUID, Product]
) -> Iterator[Problem]:
    """What cannot be ordered, at the place where it was asked for first."""
    places = {line.product_id: place for place, line in reversed([*enumerate(lines)])}
    for id, quantity in quantities.items():
        path, product = _path(places[id]), products.get(id)
        if product is None:
            yield not_found(*path, "product_id").problems[0]
        elif not product.active:
            yield Problem(Code.NOT_FOR_SALE, (*path, "product_id"), f"“{product.name}” cannot be ordered any more.")
        elif product.stock < quantity:
            message = f"There are {product.stock:,} of “{product.name}”, not the {quantity:,} asked for."
            yield Problem(Code.OUT_OF_STOCK, (*path, "quantity"), message)
        else:
            yield from problems_of(OrderItem, {"quantity": quantity}, *path)


def _path(place: int) -> tuple[str, ...]:
    return "input", "items", str(place)


def _item(order: Order, product: Product, quantity: int) -> OrderItem:
    ends: dict[str, Any] = {"order_id": order.id, "product_id": product.id}
    return OrderItem(**ends, quantity=quantity, unit_price=product.price, subtotal=product.price * quantity)


def _placed(order: Order, items: Sequence[OrderItem]) -> OrderPlaced:
    ordered = tuple(OrderedItem(**item.model_dump(include=set(OrderedItem.model_fields))) for item in items)
    return OrderPlaced(number=order.number, placed_by_id=order.placed_by_id, items=ordered, total=order.total)


@dataclass(frozen=True)
class Step:
    """A step on an order's way: from where, to where, what has happened then, and from where also whoever placed it may
    take it."""

    since: frozenset[OrderStatus]
    to: OrderStatus
    event: EventData
    by_placer: frozenset[OrderStatus] = frozenset()


STEPS = {
    "confirm": Step(frozenset({OrderStatus.PENDING}), OrderStatus.CONFIRMED, OrderConfirmed()),
    "ship": Step(frozenset({OrderStatus.CONFIRMED}), OrderStatus.SHIPPED, OrderShipped()),
    "deliver": Step(frozenset({OrderStatus.SHIPPED}), OrderStatus.DELIVERED, OrderDelivered()),
    "cancel": Step(
        frozenset({OrderStatus.PENDING, OrderStatus.CONFIRMED}),
        OrderStatus.CANCELLED,
        OrderCancelled(),
        by_placer=frozenset({OrderStatus.PENDING}),
    ),
}
"""The one table of where an order can go."""


async def take_step(work: UnitOfWork, name: str, id: UUID, expected_version: int | None) -> Order:
    """The order one step on; Refused, with the order as it is, where that step does not lead on from its status."""
    order: Order = await work.get(Order, id, "id")
    records.expect(order, expected_version)
    possible = [each for each, step in STEPS.items() if order.status in _origins(work, step)]
    if name not in possible:
        raise Refused(_no_way(name, order.status, possible), current=order)
    order.status = STEPS[name].to
    if order.status is OrderStatus.CANCELLED:
        await stock.give_back(work, await _quantities(work, id))
    await events.append(work, "order", id, STEPS[name].event)
    return order


def _no_way(step: str, status: OrderStatus, possible: list[str]) -> Problem:
    ways = f"what can be done with it is: {', '.join(possible)}" if possible else "there is nothing to be done"
    return Problem(Code.WRONG_STATUS, ("id",), f"You cannot {step} it: it is {status}, and {ways}.")


def _origins(work: UnitOfWork, step: Step) -> frozenset[OrderStatus]:
    return step.since if work.actor.sees_all else step.by_placer


async def _quantities(work: UnitOfWork, id: UUID) -> dict[UUID, int]:
    """How many of which products the order holds."""
    item = table_of(OrderItem)
    found = await work.rows(select(item.c.product_id, item.c.quantity).where(visible(item), item.c.order_id == id))
    return {row.product_id: row.quantity for row in found}
