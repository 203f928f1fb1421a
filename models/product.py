"""A product: something that is sold, and how much of it is there."""

from decimal import Decimal

from sqlmodel import SQLModel

from models.base import TenantRecord
from models.fields import count, flag, line, money, prose
from models.relations import Many


class Product(TenantRecord, table=True):
    """Something that can be ordered."""

    listed_by = ("name", "price")
    relations = {"order_items": Many("order_item", "product_id", "Where it was ordered.")}

    name: str = line("What it is called. Several may have the same name.", longest=200)
    description: str = prose("What there is to know about it.", longest=2000)
    price: Decimal = money("What one of it costs.", ge=0)
    stock: int = count("How many are there to be ordered.", default=0, ge=0)
    active: bool = flag("Whether it can be ordered.", default=True)


class StockAdjustment(SQLModel):
    """A change to a product's stock that no order makes, and why."""

    delta: int = count("How many more are there, or how many fewer, if negative.", default=0)
    reason: str = line("Why, in a line.", longest=500)
