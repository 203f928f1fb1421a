"""Orders placed and brought on their way, and what they come to."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from dataloaders.lists import Summed
from models import Order
from models.ids import NOWHERE
from models.order import OrderStatus
from queries.conditions import EVERYTHING
from queries.lists import Ask
from resolvers.context import Context
from resolvers.unpack import key
from schema.inputs.arguments import ExpectedVersion, Id
from schema.inputs.order import OrderWhere, PlaceOrderInput
from services import order
from services.unit_of_work import UnitOfWork

Where = Annotated[OrderWhere | None, strawberry.argument(description="Only orders of which this holds.")]


@dataclass(frozen=True)
class Total:
    """The orders of a status, summed up."""

    status: OrderStatus
    count: int = 0
    total: Decimal = order.NOTHING


async def place_order(work: UnitOfWork, input: PlaceOrderInput) -> Order:
    lines = [order.Line(key("product", item.product_id), item.quantity) for item in input.items]
    return await order.place_order(work, lines, input.shipping_address)


async def confirm_order(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Order:
    return await order.take_step(work, "confirm", key("order", id), expected_version)


async def ship_order(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Order:
    return await order.take_step(work, "ship", key("order", id), expected_version)


async def deliver_order(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Order:
    return await order.take_step(work, "deliver", key("order", id), expected_version)


async def cancel_order(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Order:
    return await order.take_step(work, "cancel", key("order", id), expected_version)


async def order_totals(context: Context, where: Where = None) -> list[Total]:
    condition: Any = where or EVERYTHING  # which an input of this type has become when it arrives
    about: Any = ("order", "status", "total", Ask(condition))
    found = await context.loaders.get(Summed, about).load(NOWHERE)
    rows = {status: found.get(status) for status in OrderStatus}
    return [Total(status, row.number, row.total) if row else Total(status) for status, row in rows.items()]
