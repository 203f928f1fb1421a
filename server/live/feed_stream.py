"""A stream of results that follows the change feed of a tenant."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from database.outage import is_outage
from server.graphql.outcome import Outcome
from server.live.pauses import PAUSE_SECONDS
from services.core.tenant_feed import Follower

CHECK_SECONDS = 10.0
"""How often the access of a client is checked that receives nothing."""


class FeedStream(ABC):
    """An async iterator of the results. `aclose` must be called."""

    def __init__(self, follower: Follower, resources: AsyncExitStack) -> None:
        self._follower = follower
        self._resources = resources
        self._results: AsyncGenerator[Outcome, None] = self._iterate()

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self._results

    async def aclose(self) -> None:
        """Release the feed."""
        try:
            await self._results.aclose()
        finally:
            await self._resources.aclose()

    @abstractmethod
    def _iterate(self) -> AsyncGenerator[Outcome, None]:
        """Return the results."""

    async def _read(self) -> Sequence[Any]:
        """Wait for changes. Return none if there were none for a while, or if they cannot be read at present."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                while not (changes := await self._follower.read()):
                    pass
                return changes
        except TimeoutError:
            return ()
        except Exception as error:
            if not is_outage(error):
                raise
            await asyncio.sleep(PAUSE_SECONDS)
            return ()
