"""Orders: placement, status changes and totals."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from dataloaders.lists import GroupSumsLoader
from inputs.arguments import ExpectedVersion, Id
from inputs.order import OrderWhere, PlaceOrderInput
from models import Order
from models.ids import NIL_UUID
from models.order import OrderStatus
from queries.filters import ALL_ROWS
from queries.lists import PageQuery
from resolvers.context import Context
from resolvers.unpack import decode_id
from services.core.unit_of_work import UnitOfWork
from services.shop import order

Where = Annotated[OrderWhere | None, strawberry.argument(description="Count only orders that match this filter.")]


@dataclass(frozen=True)
class StatusTotal:
    """The number and total of the orders of one status."""

    status: OrderStatus
    count: int = 0
    total: Decimal = order.ZERO


async def place_order(work: UnitOfWork, input: PlaceOrderInput) -> Order:
    lines = [order.OrderLine(decode_id("product", item.product_id), item.quantity) for item in input.items]
    return await order.place_order(work, lines, input.shipping_address)


async def confirm_order(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Order:
    return await order.advance_order(work, "confirm", decode_id("order", id), expected_version)


async def ship_order(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Order:
    return await order.advance_order(work, "ship", decode_id("order", id), expected_version)


async def deliver_order(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Order:
    return await order.advance_order(work, "deliver", decode_id("order", id), expected_version)


async def cancel_order(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Order:
    return await order.advance_order(work, "cancel", decode_id("order", id), expected_version)


async def order_totals(context: Context, where: Where = None) -> list[StatusTotal]:
    condition: Any = where or ALL_ROWS  # a filter input is converted to a condition before the resolver runs
    spec: Any = ("order", "status", "total", PageQuery(condition))
    sums_by_status = await context.loaders.get(GroupSumsLoader, spec).load(NIL_UUID)
    rows_by_status = {status: sums_by_status.get(status) for status in OrderStatus}
    return [
        StatusTotal(status, row.number, row.total) if row else StatusTotal(status)
        for status, row in rows_by_status.items()
    ]
