"""The items of orders in the contract."""

from models import OrderItem
from schema.connection import connection_of
from schema.derive import shows
from schema.node import Node
from schema.relations import one


@shows(OrderItem, "id", "quantity", "unit_price", "subtotal", "created_at", "updated_at", "version")
class OrderItemType(Node):
    order = one(OrderItem, "order")
    product = one(OrderItem, "product")


OrderItemConnection = connection_of("order_item")
