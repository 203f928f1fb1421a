"""Executes a live query, and finds out whether its result has changed."""

from hashlib import blake2b
from typing import Any

from graphql import ExecutionResult

from database.authentication import Principal
from executor import ResponseTooLarge
from resolvers.context import Context
from server.graphql.entity_tags import Validator
from server.graphql.live_query import LiveQuery
from server.graphql.outcome import Outcome, PartlyEncodedResult, refuse
from server.graphql.response_encoding import encode_in_pieces, encode_json
from server.http.request_turns import RequestTurns
from server.live.stream_execution import StreamExecution
from services.core.access_confirmation import AccessConfirmation
from services.core.errors import Forbidden


class LiveExecution(StreamExecution):
    """Executes one live query."""

    def __init__(
        self, turns: RequestTurns, confirmation: AccessConfirmation, query: LiveQuery, context: Context
    ) -> None:
        super().__init__(turns, confirmation, context, query.access)
        self._query = query
        self._entity_tag = ""
        self._digest: bytes | None = None
        """Of the last result that was sent."""

    async def execute(self) -> Outcome:
        """Return the result, or an outcome without data if the client has no access any more. Raise Overloaded if
        there is no capacity."""
        outcome: Outcome = await self._in_turn(self._execute)
        return outcome

    async def has_changed(self, outcome: Outcome) -> bool:
        """Return whether this is another result than the one before."""
        if outcome.is_current:
            return False
        digest = await self._hash(outcome.result)
        is_same = digest is not None and digest == self._digest
        self._digest = digest
        return not is_same

    async def _execute(self, context: Context) -> Outcome:
        try:
            await self._check_access(context)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return Outcome(refuse(error))
        # Users are in no feed: without this, the query would be executed again each time that they are looked at.
        validator = Validator(self._entity_tag, "live") if self._query.followed.users else None
        outcome = await self._turns.execute_live(self._query, context, validator)
        self._entity_tag = "" if outcome.result.errors else outcome.entity_tag or ""
        return outcome

    async def _check_access(self, context: Context) -> Principal:
        principal = await super()._check_access(context)
        if principal.role != self._principal.role:
            raise Forbidden("Your role in the tenant has changed. Send the live query again.")
        return principal

    async def _hash(self, result: ExecutionResult) -> bytes | None:
        """Return a hash of the result; None if it is too large to be sent."""
        digest = blake2b(digest_size=16)
        try:
            for piece in await self._encode(result):
                digest.update(piece)
        except ResponseTooLarge:
            return None
        errors = [(error.message, error.path) for error in result.errors or ()]
        digest.update(repr(errors).encode(errors="surrogatepass"))
        return digest.digest()

    async def _encode(self, result: ExecutionResult) -> list[bytes]:
        body: dict[str, Any] = {"data": result.data}
        if isinstance(result, PartlyEncodedResult):
            return await encode_in_pieces(body, self._turns.limits.response_bytes)
        return [encode_json(body)]
