"""Order: type, queries and mutations."""

import strawberry

from inputs.dynamic_types import list_of
from models import Order
from models.order import OrderStatus
from models.scopes import Domain
from resolvers import order
from resolvers.order import order_totals
from schema.aggregates import group_total_type
from schema.connection import connection_type
from schema.cost import AGGREGATE_WEIGHT, list_cost
from schema.derive import object_type
from schema.mutations import row_mutation
from schema.node import Node
from schema.relations import history_field, to_many, to_one
from schema.root_fields import list_field, object_field, root_field
from schema.sources import rows_of
from services.core.access import Access

_COLUMNS = ("id", "number", "status", "total", "shipping_address", "created_at", "updated_at", "version")


@object_type(Order, *_COLUMNS)
class OrderType(Node):
    items = to_many(Order, "items")
    placed_by = to_one(Order, "placed_by")
    history = history_field()


OrderConnection = connection_type("order")
OrderTotal = group_total_type("order", "status", OrderStatus, "total")


@strawberry.type
class OrderQueries:
    order = object_field(
        "order", access=Access.MEMBER, description="An order by its id or its number; null if it does not exist."
    )
    orders = list_field(
        "order",
        access=Access.MEMBER,
        description="All orders for admins and owners; for members, the orders that they placed.",
    )
    order_totals = root_field(
        order_totals,
        list_of(OrderTotal),
        access=Access.MEMBER,
        domain=Domain.SHOP,
        cost=list_cost(len(OrderStatus), weight=AGGREGATE_WEIGHT),
        sources=rows_of("order"),
        description="For each status, the number of the orders that you may see and the sum of their totals.",
    )


@strawberry.type
class OrderMutations:
    place_order = row_mutation(
        "order",
        order.place_order,
        access=Access.MEMBER,
        key_access=Access.ADMIN,
        description="Order products at their current prices and reserve them from stock. If the stock of any product "
        "is insufficient, nothing is ordered.",
    )
    confirm_order = row_mutation(
        "order", order.confirm_order, access=Access.ADMIN, description="Confirm a pending order."
    )
    ship_order = row_mutation(
        "order", order.ship_order, access=Access.ADMIN, description="Mark a confirmed order as shipped."
    )
    deliver_order = row_mutation(
        "order", order.deliver_order, access=Access.ADMIN, description="Mark a shipped order as delivered."
    )
    cancel_order = row_mutation(
        "order",
        order.cancel_order,
        access=Access.MEMBER,
        key_access=Access.ADMIN,
        description="Cancel an order and return its products to stock. The user who placed it can cancel it while it "
        "is pending, admins and owners until it is shipped.",
    )
