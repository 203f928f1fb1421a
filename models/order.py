"""An order: products that somebody wants sent, at the prices of that moment."""

import datetime
import secrets
import uuid
from decimal import Decimal

from models.base import TenantRecord, now
from models.choices import Choice
from models.fields import choice, count, line, money, passage, person, reference
from models.relations import Many, One

MOST_OF_ONE = 10_000
"""How many of one product an order may hold."""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none that is taken for another when read aloud


class OrderStatus(Choice):
    """How far an order has come."""

    PENDING = "PENDING", "Placed, its products reserved."
    CONFIRMED = "CONFIRMED", "Accepted, and to be shipped."
    SHIPPED = "SHIPPED", "On its way."
    DELIVERED = "DELIVERED", "Arrived."
    CANCELLED = "CANCELLED", "Called off, its products back in stock."


def new_number(today: datetime.date | None = None) -> str:
    """A number for people to name an order by: the day and eight letters. It does not tell how many orders there are,
    and nobody has to wait for the one before."""
    day = today or now().date()
    return f"{day:%y%m%d}-{''.join(secrets.choice(_LETTERS) for _ in range(8))}"


class Order(TenantRecord, table=True):
    """Products that somebody ordered."""

    unique_together = (("number",),)
    listed_by = ("placed_by_id", "status")
    relations = {
        "items": Many("order_item", "order_id", "What was ordered."),
        "placed_by": One("user", "placed_by_id", "Who placed it; null if they have left the tenant."),
    }

    number: str = line("What people call it by; unique within the tenant.", longest=30, default_factory=new_number)
    status: OrderStatus = choice(OrderStatus, OrderStatus.PENDING, "How far it has come.")
    total: Decimal = money("What it costs: the sum of its items.", digits=16, ge=0)
    shipping_address: str = passage("Where to send it.", longest=500)
    placed_by_id: uuid.UUID = person("Who placed it.")


class OrderItem(TenantRecord, table=True):
    """One product of an order."""

    __tablename__ = "order_item"
    unique_together = (("order_id", "product_id"),)
    relations = {
        "order": One("order", "order_id", "The order."),
        "product": One("product", "product_id", "The product, as it is today."),
    }

    order_id: uuid.UUID = reference("order", "The order.", default=...)
    product_id: uuid.UUID = reference("product", "The product.", default=...)
    quantity: int = count("How many.", default=1, ge=1, le=MOST_OF_ONE)
    unit_price: Decimal = money("What one of it cost when it was ordered.", ge=0)
    subtotal: Decimal = money("What all of them cost.", digits=14, ge=0)
