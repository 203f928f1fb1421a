"""Attempts whose number is limited only as far as they are refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from resolvers.context import Context
from services.core.errors import Rejected
from services.people.rate_limit import Attempt, refund


@asynccontextmanager
async def limiting_refusals(context: Context, attempt: Attempt, refusal: type[Rejected]) -> AsyncIterator[None]:
    """Count the attempt first; return its cost in the background, also after a failure, unless it is refused."""
    await context.consume_rate_limit(attempt)
    try:
        yield
    except BaseException as error:
        if not isinstance(error, refusal):
            _refund_in_background(context, attempt)
        raise
    _refund_in_background(context, attempt)


def _refund_in_background(context: Context, attempt: Attempt) -> None:
    services = context.services
    services.background.start(refund(services.database, attempt), "returning a counted attempt")
