"""The charge of messages that execute no operation."""

from resolvers.context import Context
from server.graphql.cost_charge import charge_buckets, find_charged_buckets, known_buckets
from server.mcp.exchange import McpExchange

MESSAGE_POINTS = 10
"""What is charged for a message that executes no operation."""
BYTES_PER_POINT = 4096
"""For each part of this size, the response to a message that calls no tool costs another point."""


async def charge_message(exchange: McpExchange) -> None:
    """Charge a message that executes no operation; raise RateLimited if a budget has too few points."""
    exchange.was_charged = True
    await charge_points(exchange.context, MESSAGE_POINTS)


async def charge_points(context: Context, points: int) -> None:
    """Charge points to all budgets of the request; raise RateLimited if one has too few."""
    buckets = known_buckets(context) or await find_charged_buckets(context)
    await charge_buckets(context, buckets, points)
