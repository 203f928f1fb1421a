"""Inputs, filter and order of orders."""

import strawberry

from inputs.derive import describe_field
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Order, OrderItem


@strawberry.input(description="A quantity of one product.")
class OrderItemInput:
    product_id: strawberry.ID = strawberry.field(description="The id of the product, which must be active.")
    quantity: int = strawberry.field(description=describe_field(OrderItem.model_fields["quantity"]))


@strawberry.input(description="A new order.")
class PlaceOrderInput:
    items: list[OrderItemInput] = strawberry.field(
        description="The ordered items, 1 to 100. Items with the same product are merged."
    )
    shipping_address: str = strawberry.field(description=describe_field(Order.model_fields["shipping_address"]))


@filter_input(
    Order,
    *("id", "number", "status", "total", "shipping_address", "placed_by_id", "created_at", "updated_at"),
    through=["items", "placed_by"],
    aliases={"placed_by": "tenant_user"},
)
class OrderWhere: ...


OrderOrder = order_input(Order, "id", "number", "status", "total", "created_at", "updated_at", through=["items"])
