"""Pauses of streams: while an execution is not possible at present, a stream waits instead of ending."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from graphql import GraphQLError

from database.outage import is_outage
from server.graphql.errors import original_error
from server.graphql.outcome import Outcome
from server.http.overloaded import OVERLOAD_RETRY_SECONDS, Overloaded
from services.core.errors import RateLimited

PAUSE_SECONDS = 1.0
"""How long to wait for the database during an outage."""
MAX_PAUSE_SECONDS = 60.0


async def execute_when_possible(execute: Callable[[], Awaitable[Outcome | None]]) -> Outcome | None:
    """Execute, and again after a pause as long as there is no capacity, no budget or no database."""
    while True:
        try:
            outcome = await execute()
        except Overloaded:
            await asyncio.sleep(OVERLOAD_RETRY_SECONDS)
            continue
        pause = None if outcome is None else find_pause(outcome.result.errors or ())
        if pause is None:
            return outcome
        await asyncio.sleep(pause)


def find_pause(errors: Sequence[GraphQLError]) -> float | None:
    """Return how long to wait if the errors say that an execution was not possible at present."""
    for error in errors:
        original = original_error(error)
        if isinstance(original, RateLimited):
            return min(original.retry_after, MAX_PAUSE_SECONDS)
        if original is not None and is_outage(original):
            return PAUSE_SECONDS
    return None
