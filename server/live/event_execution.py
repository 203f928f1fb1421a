"""Executes the selection of a subscription for its changes, each in a turn and within the limits of a request."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import inf
from typing import Any

from graphql import ExecutionResult
from starlette.types import Message

from database.authentication import Principal
from models import ApiKey, Membership, Tenant
from queries.scope import can_see_change
from resolvers.context import Context
from server.graphql.operations import Outcome, refuse
from server.graphql.subscription import Subscription
from server.http.request_turns import RequestTurns
from server.http.request_watch import CLIENT_DISCONNECTED
from services.core.access import require_access
from services.core.access_confirmation import AccessConfirmation
from services.core.errors import Unauthenticated
from services.people.tokens import LEEWAY_SECONDS

PRINCIPAL_SECONDS = 0.5
"""How long a client whose access was checked may receive changes before it is checked again."""
_ACCESS_NOUNS = frozenset(model.__name__ for model in (ApiKey, Membership, Tenant))
"""Types whose changes may change the access of a client at once."""


class EventExecution:
    """Executes one subscription. Each execution has a context of its own."""

    def __init__(
        self, turns: RequestTurns, confirmation: AccessConfirmation, subscription: Subscription, context: Context
    ) -> None:
        self._turns = turns
        self._confirmation = confirmation
        self._subscription = subscription
        self._context = context
        self._principal = context.reader.known_principal
        self._checked_at = asyncio.get_running_loop().time()

    def note_changes(self, changes: Sequence[Any]) -> None:
        """Check the client's access again if one of the changes may have changed it."""
        if any(change.noun in _ACCESS_NOUNS for change in changes):
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

    async def find_denial(self) -> Outcome | None:
        """Return the outcome if the client has no access any more."""
        await self._confirm()
        if self._is_checked:
            return None
        outcome: Outcome = await self._in_turn(self._find_denial)
        return outcome if outcome.result.errors else None

    async def _confirm(self) -> None:
        """Note that the client has the same access as before, if that is so."""
        confirmed_at = asyncio.get_running_loop().time()
        if not self._has_expired and await self._confirmation.confirm(self._principal):
            self._checked_at = confirmed_at

    @property
    def _has_expired(self) -> bool:
        expires_at = self._context.credentials.expires_at
        return expires_at is not None and expires_at + LEEWAY_SECONDS < time.time()

    async def _in_turn(self, function: Callable[[Context], Awaitable[Any]]) -> Any:
        context = self._context.renew()
        try:
            return await self._turns.run(context, _receive_nothing, partial(function, context))
        except asyncio.CancelledError:
            context.abort(CLIENT_DISCONNECTED)
            raise
        finally:
            await context.reader.close()
            if context.place is not None:
                context.place.leave()

    async def _execute(self, change: Any, context: Context) -> Outcome | None:
        try:
            principal = self._principal if self._is_checked else await self._check_access(context)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return Outcome(refuse(error))
        if not can_see_change(principal, change):
            return None
        return await self._turns.execute_event(self._subscription, context, change)

    async def _find_denial(self, context: Context) -> Outcome:
        try:
            await self._check_access(context)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return Outcome(refuse(error))
        return Outcome(ExecutionResult(None, None))

    async def _check_access(self, context: Context) -> Principal:
        """Authenticate the client again; raise Unauthenticated or Forbidden if it may not follow any more."""
        if self._has_expired:
            raise Unauthenticated("The access token has expired.")
        principal = await context.reader.principal()
        require_access(principal, self._subscription.access, context.auth_error)
        if principal.group != self._principal.group:
            raise Unauthenticated("The credentials belong to another tenant now.")
        self._principal = principal
        self._checked_at = asyncio.get_running_loop().time()
        return principal

    @property
    def _is_checked(self) -> bool:
        return asyncio.get_running_loop().time() < self._checked_at + PRINCIPAL_SECONDS


async def _receive_nothing() -> Message:
    """Wait forever: the transport ends the subscription itself when the client disconnects."""
    await asyncio.sleep(inf)
    raise AssertionError
