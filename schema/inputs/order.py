"""What clients send about orders."""

import strawberry

from models import Order, OrderItem
from schema.inputs.derive import bounds
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@strawberry.input(description="So many of a product.")
class OrderItemInput:
    product_id: strawberry.ID = strawberry.field(description="The id of the product, which must be active.")
    quantity: int = strawberry.field(description=bounds(OrderItem.model_fields["quantity"]))


@strawberry.input(description="A new order.")
class PlaceOrderInput:
    items: list[OrderItemInput] = strawberry.field(
        description="What is ordered: at least 1, at most 100. The same product named twice counts as one item."
    )
    shipping_address: str = strawberry.field(description=bounds(Order.model_fields["shipping_address"]))


@filters(
    Order,
    *("id", "number", "status", "total", "shipping_address", "placed_by_id", "created_at", "updated_at"),
    through=["items"],
)
class OrderWhere: ...


OrderOrder = order_input(Order, "id", "number", "status", "total", "created_at", "updated_at")
