"""Order item: type."""

from models import OrderItem
from schema.connection import connection_type
from schema.derive import object_type
from schema.node import Node
from schema.relations import history_field, to_one


@object_type(OrderItem, "id", "quantity", "unit_price", "subtotal", "created_at", "updated_at", "version")
class OrderItemType(Node):
    order = to_one(OrderItem, "order")
    product = to_one(OrderItem, "product")
    history = history_field()


OrderItemConnection = connection_type("order_item")
