"""The results of a subscription: one for each change that its client may see and has asked for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from graphql import GraphQLError

from database.outage import is_outage
from server.graphql.errors import original_error
from server.graphql.operations import Outcome
from server.http.overloaded import OVERLOAD_RETRY_SECONDS, Overloaded
from server.live.event_execution import EventExecution
from services.core.change_filter import ChangeFilter
from services.core.errors import RateLimited
from services.core.tenant_feed import Follower

CHECK_SECONDS = 10.0
"""How often the access of a client is checked that receives nothing."""
PAUSE_SECONDS = 1.0
"""How long to wait for the database during an outage, before a change is executed again."""
MAX_PAUSE_SECONDS = 60.0


class EventStream:
    """An async iterator of the results. `aclose` must be called."""

    def __init__(
        self, change_filter: ChangeFilter, execution: EventExecution, follower: Follower, resources: AsyncExitStack
    ) -> None:
        self._filter = change_filter
        self._execution = execution
        self._follower = follower
        self._resources = resources
        self._results: AsyncGenerator[Outcome, None] = self._iterate()

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self._results

    async def aclose(self) -> None:
        """Release the feed."""
        await self._results.aclose()
        await self._resources.aclose()

    async def _iterate(self) -> AsyncGenerator[Outcome, None]:
        while True:
            changes = await self._read()
            self._execution.note_changes(changes)
            for change in filter(self._filter.matches, changes):
                outcome = await self._execute(change)
                if outcome is not None:
                    yield outcome
                    if outcome.result.data is None:
                        return
            if not changes and (denial := await self._execution.find_denial()) is not None:
                yield denial
                return

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

    async def _execute(self, change: Any) -> Outcome | None:
        """Return the result for a change; None if its client may not see it. Wait while it cannot be executed, because
        the client would miss the change otherwise."""
        while True:
            try:
                outcome = await self._execution.execute(change)
            except Overloaded:
                await asyncio.sleep(OVERLOAD_RETRY_SECONDS)
                continue
            pause = None if outcome is None else _find_pause(outcome.result.errors or ())
            if pause is None:
                return outcome
            await asyncio.sleep(pause)


def _find_pause(errors: Sequence[GraphQLError]) -> float | None:
    """Return how long to wait if the change could not be executed at present."""
    for error in errors:
        original = original_error(error)
        if isinstance(original, RateLimited):
            return min(original.retry_after, MAX_PAUSE_SECONDS)
        if original is not None and is_outage(original):
            return PAUSE_SECONDS
    return None
