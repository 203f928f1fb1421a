"""What clients send about products."""

from models import Product
from schema.inputs.derive import changes, creates
from schema.inputs.sorting import order_input
from schema.inputs.where import filters

WRITTEN = ("name", "description", "price", "active")


@creates(Product, *WRITTEN, "stock")
class CreateProductInput: ...


@changes(Product, *WRITTEN)
class UpdateProductInput: ...


@filters(Product, "id", *WRITTEN, "stock", "created_at", "updated_at", through=["order_items"])
class ProductWhere: ...


ProductOrder = order_input(Product, "id", "name", "price", "stock", "created_at", "updated_at")
