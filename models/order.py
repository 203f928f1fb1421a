"""An order of products, with the prices at the time of ordering."""

import datetime
import secrets
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from models.base import TenantRecord, utc_now
from models.choices import Choice
from models.fields import choice, integer, money, reference, required_text, short_text, user_reference
from models.ids import NIL_UUID
from models.relations import BelongsTo, HasMany
from models.scopes import Domain

MAX_ITEM_QUANTITY = 10_000
"""The largest quantity of one order item."""

_CROCKFORD_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no letters that look alike


class OrderStatus(Choice):
    """The status of an order."""

    PENDING = "PENDING", "Placed; the stock is reserved."
    CONFIRMED = "CONFIRMED", "Accepted; ready to be shipped."
    SHIPPED = "SHIPPED", "Shipped."
    DELIVERED = "DELIVERED", "Delivered."
    CANCELLED = "CANCELLED", "Cancelled; the stock is restored."


def generate_order_number(today: datetime.date | None = None) -> str:
    """Return a human-readable order number: the day and eight random characters.

    Unlike a sequence it does not reveal the number of orders and needs no lock.
    """
    day = today or utc_now().date()
    random = secrets.randbits(40)  # five for each character; choosing each of them takes five times as long
    return f"{day:%y%m%d}-{''.join(_CROCKFORD_ALPHABET[random >> shift & 31] for shift in range(0, 40, 5))}"


class Order(TenantRecord, table=True):
    """An order of products."""

    domain = Domain.SHOP
    unique_together = (("number",),)
    sort_indexes = ("placed_by_id", "status", "created_at")
    relations = {
        "items": HasMany("order_item", "order_id", "The items of the order."),
        "placed_by": BelongsTo("user", "placed_by_id", "The user who placed it; null if no longer a member."),
    }

    number: str = short_text(
        "The order number; unique within the tenant.", max_length=30, default_factory=generate_order_number
    )
    status: OrderStatus = choice(OrderStatus, OrderStatus.PENDING, "The status of the order.")
    total: Decimal = money("The sum of the items' subtotals, in the currency of the tenant.", precision=16, ge=0)
    shipping_address: str = required_text("The shipping address.", max_length=500)
    placed_by_id: uuid.UUID = user_reference("The id of the user who placed it.")

    visibility_columns = ("placed_by_id",)

    @classmethod
    def visible_only_to(cls, row: Mapping[str, Any], before: Mapping[str, Any]) -> uuid.UUID | None:  # noqa: ARG003
        """Members see the orders that they placed."""
        return row["placed_by_id"] or NIL_UUID


class OrderItem(TenantRecord, table=True):
    """A product in an order, with its quantity and price."""

    domain = Domain.SHOP
    __tablename__ = "order_item"
    unique_together = (("order_id", "product_id"),)
    relations = {
        "order": BelongsTo("order", "order_id", "The order that the item belongs to."),
        "product": BelongsTo("product", "product_id", "The product in its current state."),
    }

    order_id: uuid.UUID = reference("order", "The id of the order.", default=...)
    product_id: uuid.UUID = reference("product", "The id of the product.", default=...)
    quantity: int = integer("The number of units ordered.", default=1, ge=1, le=MAX_ITEM_QUANTITY)
    unit_price: Decimal = money("The price of one unit when it was ordered, in the currency of the tenant.", ge=0)
    subtotal: Decimal = money("The unit price times the quantity, in the currency of the tenant.", precision=14, ge=0)
