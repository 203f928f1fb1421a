"""What clients send about the items of orders."""

from models import OrderItem
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@filters(
    OrderItem,
    *("id", "order_id", "product_id", "quantity", "unit_price", "subtotal", "created_at", "updated_at"),
    through=["order", "product"],
)
class OrderItemWhere: ...


OrderItemOrder = order_input(OrderItem, "id", "quantity", "unit_price", "subtotal", "created_at", "updated_at")
