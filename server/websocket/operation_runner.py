"""Execution of the operations of WebSockets, and authentication of their credentials."""

from asyncio import sleep
from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from time import perf_counter
from typing import Any

from graphql import ExecutionResult, OperationType
from starlette.types import Message, Scope

from database.authentication import Credentials
from database.outage import is_outage
from resolvers.context import Context
from server.graphql.errors import ErrorCode
from server.graphql.found_operation import OperationNotAllowed
from server.graphql.outcome import Outcome
from server.graphql.request import parse_graphql_request
from server.graphql.result_stream import OpenStream, ResultStream
from server.http.graphql_response import build_extensions
from server.http.overloaded import Overloaded
from server.http.request import HttpRequest
from server.http.request_id import error_log, generate_request_id, log_request
from server.http.request_turns import RequestTurns
from server.http.result_messages import (
    ResultEncoder,
    ResultMessage,
    describe_error,
    describe_internal_error,
    describe_overload,
)
from server.http.seen_position import SeenPosition
from server.telemetry.log_context import LogContext, log_context
from server.websocket.close import CloseCode, CloseSocket
from server.websocket.messages import OperationMessages
from server.websocket.operation import Operation
from services.core.errors import BadInput

IDEMPOTENCY_KEY = "idempotencyKey"
"""The field of `extensions` that stands for the header Idempotency-Key."""
_EXECUTED_TYPES = frozenset({OperationType.QUERY, OperationType.MUTATION})


class OperationRunner:
    """Executes the operations of all WebSockets of a process, within the same limits as requests over HTTP."""

    def __init__(
        self,
        turns: RequestTurns,
        build_context: Callable[[HttpRequest], Context],
        open_stream: OpenStream,
    ) -> None:
        self._turns = turns
        self._build_context = build_context
        self._encoder = ResultEncoder(turns.limits.response_bytes, turns.memory)
        self._open_stream = open_stream

    async def authenticate(self, scope: Scope) -> Credentials:
        """Return the credentials of a connection; raise CloseSocket if they are rejected."""
        try:
            request = _request(scope)
            context = self._build_context(request)
            SeenPosition().apply(request, context)  # raises BadInput if the token is malformed
            if context.credentials.auth_error is None and not context.credentials.is_anonymous:
                await self._authenticate_in_turn(context)
        except BadInput as error:
            raise CloseSocket(CloseCode.BAD_REQUEST, str(error)) from None
        except Overloaded as error:
            raise CloseSocket(CloseCode.TRY_AGAIN_LATER, str(error)) from None
        if context.credentials.auth_error is not None:
            raise CloseSocket(CloseCode.FORBIDDEN, f"Forbidden: {context.credentials.auth_error}")
        return context.credentials

    async def _authenticate_in_turn(self, context: Context) -> None:
        try:
            outcome = await self._turns.run(context, _receive_nothing, partial(_authenticate, context))
        finally:
            if context.place is not None:
                context.place.leave()
        if outcome.result.errors:
            raise CloseSocket(CloseCode.TRY_AGAIN_LATER, outcome.result.errors[0].message)

    async def run(self, operation: Operation, scope: Scope, position: SeenPosition) -> None:
        """Execute an operation, and send its results. It reads at least what its connection has written."""
        log_context.set(LogContext(generate_request_id()))
        started_at = perf_counter()
        request = _request(scope)
        try:
            await self._run(operation, request, position)
        except BadInput as error:
            await operation.fail(describe_error(ErrorCode.BAD_USER_INPUT, str(error)))
        except Overloaded as error:
            await operation.fail(describe_overload(str(error)))
        except Exception:  # noqa: BLE001 -- one operation must not affect others
            error_log.exception("Unexpected exception")
            await operation.fail(describe_internal_error())
        finally:
            request.release_memory()
            log_request("SUBSCRIBE", scope["path"], started_at, operation.status)

    async def _run(self, operation: Operation, request: HttpRequest, position: SeenPosition) -> None:
        context = self._build_context(request)
        position.apply(request, context)
        operation.begin(context)
        try:
            execute = partial(self._execute, context, operation.payload)
            executed = await self._turns.run(context, _receive_nothing, execute)
            message = None
            if isinstance(executed, Outcome):
                message = await self._encode(operation, request, position, executed)
        finally:
            if context.place is not None:
                context.place.leave()
        if message is not None:
            await operation.send(message)
        elif not isinstance(executed, Outcome):
            await operation.follow(executed, partial(self._send_outcome, operation, request, position))
        await operation.complete()

    async def _send_outcome(
        self, operation: Operation, request: HttpRequest, position: SeenPosition, outcome: Outcome
    ) -> None:
        await operation.send(await self._encode(operation, request, position, outcome))
        request.release_result()

    async def _execute(self, context: Context, payload: dict[str, Any]) -> Outcome | ResultStream:
        request = parse_graphql_request(payload)
        try:
            return await self._turns.execute(request, context, _EXECUTED_TYPES, _idempotency_keys(payload))
        except OperationNotAllowed:
            return await self._open_stream(request, context)

    async def _encode(
        self, operation: Operation, request: HttpRequest, position: SeenPosition, outcome: Outcome
    ) -> ResultMessage:
        context = operation.context
        is_replay = context.idempotency_key is not None and context.idempotency_key.replayed
        has_written = context.has_written or is_replay
        replicas = context.services.replicas
        token = None if replicas is None or not has_written else await position.load_token(replicas, context)
        extensions = build_extensions(request, outcome.cost, token)
        messages = OperationMessages(operation.id)
        return await self._encoder.encode(messages, outcome, request, extensions, has_written=has_written)


def _idempotency_keys(payload: dict[str, Any]) -> Sequence[str]:
    """Return the operation's idempotency key, if it has one; raise BadInput if it is no string."""
    key = (payload.get("extensions") or {}).get(IDEMPOTENCY_KEY)
    if key is None:
        return ()
    if not isinstance(key, str):
        raise BadInput(f"`extensions.{IDEMPOTENCY_KEY}` must be a string, or be omitted.")
    return (key,)


async def _authenticate(context: Context) -> Outcome:
    """Let the database confirm the credentials, and note if it does not. During an outage, they are not rejected."""
    try:
        principal = await context.reader.principal()
    except Exception as error:
        if not is_outage(error):
            raise
    else:
        if principal.is_anonymous:
            context.credentials.auth_error = context.auth_error
    finally:
        await context.reader.close()
    return Outcome(ExecutionResult(None, None))


def _request(scope: Scope) -> HttpRequest:
    return HttpRequest(scope, _receive_nothing)


async def _receive_nothing() -> Message:
    """Wait forever: the connection itself aborts its operations when the client disconnects."""
    await sleep(inf)
    raise AssertionError
