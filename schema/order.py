"""Orders in the contract."""

import strawberry

from models import Order
from models.order import OrderStatus
from resolvers import order
from resolvers.order import order_totals
from schema.connection import connection_of
from schema.derive import shows
from schema.inputs.build import list_of
from schema.mutations import changes
from schema.node import Node
from schema.relations import many, one
from schema.roots import listing, root, single
from schema.sums import sum_type
from services.access import Access

SHOWN = ("id", "number", "status", "total", "shipping_address", "created_at", "updated_at", "version")


@shows(Order, *SHOWN)
class OrderType(Node):
    items = many(Order, "items")
    placed_by = one(Order, "placed_by")


OrderConnection = connection_of("order")
OrderTotal = sum_type("order", "status", OrderStatus, "total")


@strawberry.type
class OrderQueries:
    order = single("order", allows=Access.MEMBER, description="An order by its id; null if there is none.")
    orders = listing(
        "order", allows=Access.MEMBER, description="All orders; to members who are no admins, those they placed."
    )
    order_totals = root(
        order_totals,
        list_of(OrderTotal),
        allows=Access.MEMBER,
        description="How many orders of each status there are, and what they come to; of those that you see.",
    )


@strawberry.type
class OrderMutations:
    place_order = changes(
        "order",
        order.place_order,
        allows=Access.MEMBER_IN_PERSON,
        description="Order products at today's prices. They are taken from stock at once; if there are too few of any, "
        "nothing is, and nothing ordered.",
    )
    confirm_order = changes("order", order.confirm_order, allows=Access.ADMIN, description="Accept a pending order.")
    ship_order = changes("order", order.ship_order, allows=Access.ADMIN, description="Send a confirmed order off.")
    deliver_order = changes(
        "order", order.deliver_order, allows=Access.ADMIN, description="Note that a shipped order has arrived."
    )
    cancel_order = changes(
        "order",
        order.cancel_order,
        allows=Access.MEMBER,
        description="Call an order off before it is shipped; its products go back into stock. Whoever placed it may "
        "while it is pending, admins and owners until it is shipped.",
    )
