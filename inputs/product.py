"""Inputs, filter and order of products."""

from inputs.derive import create_input, update_input
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Product

WRITABLE = ("name", "description", "price", "active")


@create_input(Product, *WRITABLE, "stock")
class CreateProductInput: ...


@update_input(Product, *WRITABLE)
class UpdateProductInput: ...


@filter_input(Product, "id", *WRITABLE, "stock", "created_at", "updated_at", through=["order_items"])
class ProductWhere: ...


ProductOrder = order_input(Product, "id", "name", "price", "stock", "created_at", "updated_at")
