"""Event types of orders, and of stock changes that no order causes.

They do not contain the shipping address: personal data must be deletable, and events are never deleted.
"""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.core.event_types import EventData


class OrderedItem(BaseModel):
    """A product, its quantity, and the price of one piece."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    quantity: int
    unit_price: Decimal


class OrderPlaced(EventData):
    """An order was placed, and its products were taken from stock."""

    stream_type: ClassVar[str] = "order"
    number: str
    placed_by_id: UUID
    items: tuple[OrderedItem, ...]
    total: Decimal


class OrderConfirmed(EventData):
    """The order was accepted."""

    stream_type: ClassVar[str] = "order"


class OrderShipped(EventData):
    """The order was shipped."""

    stream_type: ClassVar[str] = "order"


class OrderDelivered(EventData):
    """The order was delivered."""

    stream_type: ClassVar[str] = "order"


class OrderCancelled(EventData):
    """The order was cancelled, and its products were returned to stock."""

    stream_type: ClassVar[str] = "order"


class StockAdjusted(EventData):
    """The stock was changed by `delta`; `stock` is the new number."""

    stream_type: ClassVar[str] = "product"
    delta: int
    reason: str
    stock: int
