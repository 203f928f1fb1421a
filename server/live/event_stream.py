"""The results of a subscription: one for each change that its client may see and has asked for."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from functools import partial

from server.graphql.outcome import Outcome
from server.live.event_execution import EventExecution
from server.live.feed_stream import FeedStream
from server.live.pauses import execute_when_possible
from services.core.change_filter import ChangeFilter
from services.core.tenant_feed import Follower


class EventStream(FeedStream):
    """The results of a subscription."""

    def __init__(
        self, change_filter: ChangeFilter, execution: EventExecution, follower: Follower, resources: AsyncExitStack
    ) -> None:
        super().__init__(follower, resources)
        self._filter = change_filter
        self._execution = execution

    async def _iterate(self) -> AsyncGenerator[Outcome, None]:
        while True:
            changes = await self._read()
            self._execution.note_changes(changes)
            for change in filter(self._filter.matches, changes):
                # a change that cannot be executed at present is waited for, because the client would miss it otherwise
                outcome = await execute_when_possible(partial(self._execution.execute, change))
                if outcome is not None:
                    yield outcome
                    if outcome.result.data is None:
                        return
            if not changes and (denial := await self._execution.find_denial()) is not None:
                yield denial
                return
