"""What happens to orders, and to the stock of products where no order tells of it.

Where an order is sent to is not among it: events are never deleted, and somebody's address must be.
"""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.event_types.base import EventData


class OrderedItem(BaseModel):
    """So many of a product, at this price each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    quantity: int
    unit_price: Decimal


class OrderPlaced(EventData):
    """Somebody ordered products, which were taken from stock."""

    stream_type: ClassVar[str] = "order"
    number: str
    placed_by_id: UUID
    items: tuple[OrderedItem, ...]
    total: Decimal


class OrderConfirmed(EventData):
    """The order was accepted."""

    stream_type: ClassVar[str] = "order"


class OrderShipped(EventData):
    """The order was sent off."""

    stream_type: ClassVar[str] = "order"


class OrderDelivered(EventData):
    """The order has arrived."""

    stream_type: ClassVar[str] = "order"


class OrderCancelled(EventData):
    """The order was called off, and what had been taken from stock given back."""

    stream_type: ClassVar[str] = "order"


class StockAdjusted(EventData):
    """More or fewer of a product were counted in; so many are there now."""

    stream_type: ClassVar[str] = "product"
    delta: int
    reason: str
    stock: int
