"""Executes the selection of a subscription for its changes."""

import asyncio
from collections.abc import Sequence
from functools import partial
from math import inf
from typing import Any

from database.authentication import Principal
from queries.scope import can_see_change
from resolvers.context import Context
from server.graphql.outcome import Outcome, refuse
from server.graphql.subscription import Subscription
from server.http.request_turns import RequestTurns
from server.live.stream_execution import StreamExecution, may_change_access
from services.core.access_confirmation import AccessConfirmation

PRINCIPAL_SECONDS = 0.5
"""How long a client whose access was checked may receive changes before it is checked again."""


class EventExecution(StreamExecution):
    """Executes one subscription."""

    def __init__(
        self, turns: RequestTurns, confirmation: AccessConfirmation, subscription: Subscription, context: Context
    ) -> None:
        super().__init__(turns, confirmation, context, subscription.access)
        self._subscription = subscription
        self._checked_at = asyncio.get_running_loop().time()

    def note_changes(self, changes: Sequence[Any]) -> None:
        """Check the client's access again if one of the changes may have changed it."""
        if may_change_access(changes):
            self._checked_at = -inf

    async def execute(self, change: Any) -> Outcome | None:
        """Return the result for a change, or an outcome without data if the client has no access any more; None if it
        may not see the change. Raise Overloaded if there is no capacity."""
        if not self._is_checked:
            await self._confirm()
        if self._is_checked and not can_see_change(self._principal, change):
            return None
        executed: Outcome | None = await self._in_turn(partial(self._execute, change))
        return executed

    async def _execute(self, change: Any, context: Context) -> Outcome | None:
        try:
            principal = self._principal if self._is_checked else await self._check_access(context)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return Outcome(refuse(error))
        if not can_see_change(principal, change):
            return None
        return await self._turns.execute_event(self._subscription, context, change)

    async def _confirm(self) -> bool:
        confirmed_at = asyncio.get_running_loop().time()
        is_confirmed = await super()._confirm()
        if is_confirmed:
            self._checked_at = confirmed_at
        return is_confirmed

    async def _check_access(self, context: Context) -> Principal:
        principal = self._principal = await super()._check_access(context)
        self._checked_at = asyncio.get_running_loop().time()
        return principal

    @property
    def _is_checked(self) -> bool:
        return asyncio.get_running_loop().time() < self._checked_at + PRINCIPAL_SECONDS
