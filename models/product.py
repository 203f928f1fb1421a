"""A product that the tenant sells, with its price and stock."""

from decimal import Decimal

from sqlmodel import SQLModel

from models.base import TenantRecord
from models.fields import boolean, external_id, integer, money, short_text, text
from models.relations import HasMany
from models.scopes import Domain


class Product(TenantRecord, table=True):
    """A product that the tenant sells."""

    domain = Domain.SHOP
    searchable = ("name", "description")
    sort_indexes = ("name", "price")
    unique_together = (("external_id",),)
    relations = {"order_items": HasMany("order_item", "product_id", "The order items of this product.")}

    name: str = short_text("The name of the product. Products may share a name.", max_length=200)
    description: str = text("The description of the product.", max_length=2000)
    price: Decimal = money("The price of one unit, in the currency of the tenant.", ge=0)
    stock: int = integer("The number of units available to order.", default=0, ge=0)
    active: bool = boolean("Whether it can be ordered.", default=True)
    external_id: str | None = external_id("product")


class StockAdjustment(SQLModel):
    """A change to a product's stock that no order causes, with its reason."""

    delta: int = integer("The number of units to add; negative to remove units.", default=0)
    reason: str = short_text("The reason for the adjustment.", max_length=500)
