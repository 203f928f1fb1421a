"""Filter and order of order items."""

from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import OrderItem


@filter_input(
    OrderItem,
    *("id", "order_id", "product_id", "quantity", "unit_price", "subtotal", "created_at", "updated_at"),
    through=["order", "product"],
)
class OrderItemWhere: ...


OrderItemOrder = order_input(
    OrderItem, "id", "quantity", "unit_price", "subtotal", "created_at", "updated_at", through=["order", "product"]
)
