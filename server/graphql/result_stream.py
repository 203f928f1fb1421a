"""The results of a subscription, and the function that opens it. All transports of subscriptions share them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from resolvers.context import Context
from server.graphql.outcome import Outcome
from server.graphql.request import GraphQLRequest


class ResultStream(Protocol):
    """The results of a subscription."""

    def __aiter__(self) -> AsyncIterator[Outcome]:
        """Return the results."""

    async def aclose(self) -> None:
        """Release what the subscription holds."""


OpenStream = Callable[[GraphQLRequest, Context], Awaitable[Outcome | ResultStream]]
"""Opens a subscription: returns its results, or the outcome if it is refused."""
