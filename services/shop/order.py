"""Orders: place them, which takes the products from stock, and change their status."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from models import ApiKey, Order, OrderItem, Product
from models.order import OrderStatus
from models.relations import table_of
from queries.scope import visible
from services.core import events, records
from services.core.errors import Code, Problem, ProblemParams, Rejected, find_list_size_problem, not_found
from services.core.event_types import EventData
from services.core.identity_map import build_new_entity
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.shop.event_types import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderedItem,
    OrderPlaced,
    OrderShipped,
)

MAX_ITEMS = 100
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class OrderLine:
    """A product, and the quantity to order."""

    product_id: UUID
    quantity: int


async def place_order(work: UnitOfWork, lines: Sequence[OrderLine], shipping_address: str) -> Order:
    """Create an order of the principal and take its products from stock. Lines with the same product are merged.
    Rejected with all problems if a value is invalid, or if a product does not exist, is inactive or out of stock."""
    values, problems = check_values(Order, {"shipping_address": shipping_address}, "input")
    if count_problem := find_list_size_problem(lines, MAX_ITEMS, "item", "input", "items"):
        problems.append(count_problem)
    quantities: dict[UUID, int] = {}
    for line in lines:
        quantities[line.product_id] = quantities.get(line.product_id, 0) + line.quantity
    products = await records.lock_rows(work, Product, quantities)
    problems += _line_problems(lines, quantities, products)
    if problems:
        raise Rejected(*problems)

    total = sum((products[id].price * quantity for id, quantity in quantities.items()), ZERO)
    order: Order = build_new_entity(Order, values | {"placed_by_id": await _find_placing_user(work), "total": total})
    items = [_build_item(order, products[id], quantity) for id, quantity in quantities.items()]
    for id, quantity in quantities.items():
        products[id].stock -= quantity
    await work.add(order, *items)  # also writes the stock
    placed = {order.id: (0, _build_order_placed(order, items))}
    await events.append_to_locked_streams(work, "order", placed, order.created_at)
    return order


async def _find_placing_user(work: UnitOfWork) -> UUID | None:
    """Return the user who places an order: the principal, or the user who created the API key. The audit names the
    key."""
    if work.principal.api_key_id is None:
        return work.principal.user_id
    key = table_of(ApiKey)
    is_principal = key.c.id == work.principal.api_key_id
    (row,) = await work.rows(select(key.c.created_by_id).where(visible(key), is_principal))
    created_by: UUID = row.created_by_id
    return created_by


def _line_problems(
    lines: Sequence[OrderLine], quantities: Mapping[UUID, int], products: Mapping[UUID, Product]
) -> Iterator[Problem]:
    """Return the problems of all lines, in order. Those of a merged product are reported at its first line."""
    paths = [("input", "items", str(position)) for position in range(len(lines))]
    invalid = [_quantity_problems(line.quantity, path) for line, path in zip(lines, paths, strict=True)]
    has_invalid_line = {line.product_id for line, problems in zip(lines, invalid, strict=True) if problems}
    reported: set[UUID] = set()
    for line, path, problems in zip(lines, paths, invalid, strict=True):
        yield from problems
        id = line.product_id
        if id in reported:
            continue
        reported.add(id)
        product = products.get(id)
        if product is None:
            yield from not_found(*path, "product_id").problems
        elif not product.active:
            message, params = f"“{product.name}” is no longer for sale.", ProblemParams(value=product.name)
            yield Problem(Code.NOT_FOR_SALE, (*path, "product_id"), message, params)
        elif id not in has_invalid_line:
            yield from _stock_problems(product, quantities[id], path)


def _stock_problems(product: Product, quantity: int, path: tuple[str, ...]) -> list[Problem]:
    if product.stock < quantity:
        message = f"Not enough “{product.name}” in stock: {product.stock:,} available, {quantity:,} ordered."
        params = ProblemParams(available=product.stock, actual=quantity, value=product.name)
        return [Problem(Code.OUT_OF_STOCK, (*path, "quantity"), message, params)]
    return _quantity_problems(quantity, path)


def _quantity_problems(quantity: int, path: tuple[str, ...]) -> list[Problem]:
    return check_values(OrderItem, {"quantity": quantity}, *path)[1]


def _build_item(order: Order, product: Product, quantity: int) -> OrderItem:
    references = {"order_id": order.id, "product_id": product.id}
    price = {"unit_price": product.price, "subtotal": product.price * quantity}
    item: OrderItem = build_new_entity(OrderItem, {**references, "quantity": quantity, **price})
    return item


def _build_order_placed(order: Order, items: Sequence[OrderItem]) -> OrderPlaced:
    ordered = tuple(
        OrderedItem(product_id=item.product_id, quantity=item.quantity, unit_price=item.unit_price) for item in items
    )
    return OrderPlaced(number=order.number, placed_by_id=order.placed_by_id, items=ordered, total=order.total)


@dataclass(frozen=True)
class Transition:
    """A change of an order's status and the event that records it. Admins may make it from `from_statuses`, the user
    who placed the order from `from_statuses_for_placer`."""

    from_statuses: frozenset[OrderStatus]
    to_status: OrderStatus
    event: EventData
    from_statuses_for_placer: frozenset[OrderStatus] = frozenset()


TRANSITIONS = {
    "confirm": Transition(frozenset({OrderStatus.PENDING}), OrderStatus.CONFIRMED, OrderConfirmed()),
    "ship": Transition(frozenset({OrderStatus.CONFIRMED}), OrderStatus.SHIPPED, OrderShipped()),
    "deliver": Transition(frozenset({OrderStatus.SHIPPED}), OrderStatus.DELIVERED, OrderDelivered()),
    "cancel": Transition(
        frozenset({OrderStatus.PENDING, OrderStatus.CONFIRMED}),
        OrderStatus.CANCELLED,
        OrderCancelled(),
        from_statuses_for_placer=frozenset({OrderStatus.PENDING}),
    ),
}
"""The state machine of an order, by action."""


async def advance_order(work: UnitOfWork, action: str, id: UUID, expected_version: int | None) -> Order:
    """Change the order's status by an action. Rejected, with the order, if its status does not permit the action."""
    order: Order = await work.get_for_update(Order, id, "id")
    records.check_version(order, expected_version)
    permitted = [name for name, transition in TRANSITIONS.items() if order.status in _from_statuses(work, transition)]
    if action not in permitted:
        raise Rejected(_wrong_status_problem(action, order.status, permitted), current=order)
    order.status = TRANSITIONS[action].to_status
    if order.status is OrderStatus.CANCELLED:
        await _return_to_stock(work, id)
    await events.append_events(work, "order", id, TRANSITIONS[action].event)
    return order


def _from_statuses(work: UnitOfWork, transition: Transition) -> frozenset[OrderStatus]:
    return transition.from_statuses if work.principal.can_see_all else transition.from_statuses_for_placer


def _wrong_status_problem(action: str, status: OrderStatus, permitted: Sequence[str]) -> Problem:
    options = f"Possible actions: {', '.join(permitted)}." if permitted else "No action is possible."
    message = f"This order cannot be {TRANSITIONS[action].to_status.lower()}: its status is {status}. {options}"
    return Problem(Code.WRONG_STATUS, ("id",), message, ProblemParams(allowed=tuple(permitted), value=status))


async def _return_to_stock(work: UnitOfWork, order_id: UUID) -> None:
    item = table_of(OrderItem)
    query = select(item.c.product_id, item.c.quantity).where(visible(item), item.c.order_id == order_id)
    quantities = {row.product_id: row.quantity for row in await work.rows(query)}
    for id, product in (await records.lock_rows(work, Product, quantities)).items():
        product.stock += quantities[id]
    await work.flush()
