"""The charge of messages that execute no operation."""

from server.graphql.cost_charge import charge_buckets, find_charged_buckets, known_buckets
from server.mcp.exchange import McpExchange

MESSAGE_POINTS = 10
"""What is charged for a message that calls no tool, and for a call of a tool that executes no operation."""


async def charge_message(exchange: McpExchange) -> None:
    """Charge a message that executes no operation; raise RateLimited if a budget has too few points."""
    context = exchange.context
    buckets = known_buckets(context) or await find_charged_buckets(context)
    await charge_buckets(context, buckets, MESSAGE_POINTS)
