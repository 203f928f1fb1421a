"""The results of a live query: the first one, and then each that differs from the one before."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from server.graphql.outcome import Outcome
from server.live.feed_stream import FeedStream
from server.live.live_execution import LiveExecution
from server.live.pauses import execute_when_possible
from server.live.stream_execution import may_change_access
from services.core.errors import CursorExpired
from services.core.followed_tables import Followed
from services.core.tenant_feed import Follower

MIN_INTERVAL_SECONDS = 0.1
"""The time between two executions of a live query. Changes in between are noticed by the same execution."""


class LiveStream(FeedStream):
    """The results of a live query."""

    def __init__(
        self, followed: Followed, execution: LiveExecution, follower: Follower, resources: AsyncExitStack
    ) -> None:
        super().__init__(follower, resources)
        self._followed = followed
        self._execution = execution
        self._executed_at = 0.0

    async def _iterate(self) -> AsyncGenerator[Outcome, None]:
        self._begin_execution()
        outcome: Outcome | None = await self._execution.execute()  # with an error if it is not possible now
        while True:
            if outcome is not None and await self._execution.has_changed(outcome):
                yield outcome
                if outcome.result.data is None:
                    return
            outcome = await self._wait_and_execute()

    async def _wait_and_execute(self) -> Outcome | None:
        """Wait for a change, and execute the query if it reads what has changed. Return None if it does not."""
        try:
            changes = await self._read()
        except CursorExpired:  # the database was replaced by one that does not know the position
            await self._follower.restart()
            return await self._execute()
        if self._is_affected(changes):
            return await self._execute()
        if not changes or may_change_access(changes):
            return await self._execution.find_denial()
        return None

    def _is_affected(self, changes: Sequence[Any]) -> bool:
        """Return whether the query reads what has changed. Without any changes, that may be users, who have no feed."""
        if not changes:
            return self._followed.users
        return self._followed.every_noun or any(change.noun in self._followed.nouns for change in changes)

    async def _execute(self) -> Outcome | None:
        await asyncio.sleep(self._executed_at + MIN_INTERVAL_SECONDS - asyncio.get_running_loop().time())
        return await execute_when_possible(self._execute_now)

    async def _execute_now(self) -> Outcome | None:
        self._begin_execution()
        return await self._execution.execute()

    def _begin_execution(self) -> None:
        """The execution sees all changes that the feed has read: none of them is a reason for another one."""
        self._follower.skip()
        self._executed_at = asyncio.get_running_loop().time()
