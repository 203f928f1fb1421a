"""Executions of one stream on behalf of its client, each in a turn and within the limits of a request."""

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
from resolvers.context import Context
from server.graphql.outcome import Outcome, refuse
from server.http.request_turns import RequestTurns
from server.http.request_watch import CLIENT_DISCONNECTED
from services.core.access import Access, require_access
from services.core.access_confirmation import AccessConfirmation
from services.core.errors import Unauthenticated
from services.people.tokens import LEEWAY_SECONDS

_ACCESS_NOUNS = frozenset(model.__name__ for model in (ApiKey, Membership, Tenant))
"""Types whose changes may change the access of a client at once."""


def may_change_access(changes: Sequence[Any]) -> bool:
    """Return whether one of the changes may have changed the access of a client."""
    return any(change.noun in _ACCESS_NOUNS for change in changes)


class StreamExecution:
    """Executes for one stream. Each execution has a context of its own."""

    def __init__(self, turns: RequestTurns, confirmation: AccessConfirmation, context: Context, access: Access) -> None:
        self._turns = turns
        self._confirmation = confirmation
        self._context = context
        self._access = access
        self._principal = context.reader.known_principal

    async def find_denial(self) -> Outcome | None:
        """Return the outcome if the client has no access any more."""
        if await self._confirm():
            return None
        outcome: Outcome = await self._in_turn(self._find_denial)
        return outcome if outcome.result.errors else None

    async def _confirm(self) -> bool:
        """Return whether the client is known to have the same access as before. Clients of a tenant share a statement
        for that."""
        return not self._has_expired and await self._confirmation.confirm(self._principal)

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
        require_access(principal, self._access, context.auth_error)
        if principal.group != self._principal.group:
            raise Unauthenticated("The credentials belong to another tenant now.")
        return principal


async def _receive_nothing() -> Message:
    """Wait forever: the transport ends the stream itself when the client disconnects."""
    await asyncio.sleep(inf)
    raise AssertionError
