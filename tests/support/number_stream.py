"""A subscription whose results are numbers that a test puts into a queue."""

import asyncio
from typing import Self

from graphql import ExecutionResult, GraphQLError

from resolvers.context import Context
from server.graphql.outcome import Outcome
from server.graphql.request import GraphQLRequest

SUBSCRIPTION = "subscription { numbers }"


class NumberStream:
    """A stream whose results the test puts into a queue; None ends it. `open` is the `open_stream` of a server."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[int | str | Exception | None] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.opened = asyncio.Event()
        self.refusal: Outcome | None = None
        """What is returned instead of the stream."""

    async def open(self, _request: GraphQLRequest, _context: Context) -> Outcome | Self:
        self.opened.set()
        return self if self.refusal is None else self.refusal

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        value = await self.queue.get()
        if value is None:
            raise StopAsyncIteration
        if isinstance(value, GraphQLError):
            return Outcome(ExecutionResult(None, [value]))
        if isinstance(value, Exception):
            raise value
        return Outcome(ExecutionResult({"numbers": value}, None))

    async def aclose(self) -> None:
        self.closed.set()
