"""Batched requests: a JSON array of operations, which are executed one after the other.

They are charged together, and share the place and the deadline of the request. Otherwise each operation is independent
of the others: it has its own context, and its result is what it would be alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from graphql import OperationType
from starlette.responses import Response

from resolvers.context import Context
from server.config.response_settings import ResponseSettings
from server.graphql.cost_report import CostReport
from server.graphql.found_operation import FoundOperation, OperationNotAllowed
from server.graphql.outcome import Outcome, refuse
from server.graphql.request import parse_graphql_request
from server.http.batch_response import BatchResponseBuilder
from server.http.cookies import RefreshCookie
from server.http.errors import BadRequest
from server.http.idempotency_key import IDEMPOTENCY_KEY_HEADER, REPLAYED, read_idempotency_key
from server.http.request import HttpRequest
from server.http.request_id import log_request
from server.http.request_parsing import ALLOWED_OPERATION_TYPES
from server.http.request_turns import RequestTurns
from server.http.seen_position import SeenPosition
from server.telemetry.log_context import current_log_context
from server.telemetry.operation_trace import OperationTrace
from services.core.errors import BadInput

_LOGGED_METHOD = "BATCH"
"""The method in the access log of each operation, beside the line of the request."""


@dataclass
class _Item:
    """An operation of a batch."""

    context: Context
    name: str | None = None
    operation: FoundOperation | None = None
    """What is executed, unless the operation is refused."""
    refusal: Outcome | None = None
    is_malformed: bool = False
    """Whether a request that contains only this operation would be malformed."""
    report: CostReport = field(default_factory=CostReport)

    def refuse(self, error: Exception, report: CostReport | None = None, *, is_malformed: bool = False) -> None:
        """Do not execute the operation."""
        self.refusal, self.is_malformed = Outcome(refuse(error), report), is_malformed

    @property
    def is_replay(self) -> bool:
        """Whether its mutation was performed by an earlier request with the same idempotency key."""
        return self.context.idempotency_key is not None and self.context.idempotency_key.replayed


class BatchEndpoint:
    """Responds to the batches of one endpoint."""

    def __init__(self, turns: RequestTurns, refresh_cookie: RefreshCookie, settings: ResponseSettings) -> None:
        self._turns = turns
        self._refresh_cookie = refresh_cookie
        self._settings = settings

    async def respond(self, request: HttpRequest, values: Sequence[Any], context: Context, media_type: str) -> Response:
        """Execute the operations of a request that has a place, and build the response."""
        check_batch(values, self._settings.max_batch)
        request.retain_memory()
        position = SeenPosition()
        position.apply(request, context)  # raises BadInput if the token is malformed
        builder = BatchResponseBuilder(request, media_type, self._settings, self._turns.memory)
        items: list[_Item] = []
        try:
            for value in values:
                context.running = _fork(items[-1].context if items else context)
                items.append(await self._find(value, context.running))
            _set_idempotency_key(request, items)
            await self._charge([item for item in items if item.operation is not None and item.refusal is None])
            for item in items:
                position.apply(request, item.context)
                context.running, item.context.skipped_rows = item.context, context.skipped_rows
                await self._answer(request, item, position, builder)
                context.skipped_rows = item.context.skipped_rows
        finally:
            for item in items:
                await item.context.reader.close()
        return await self._finish(builder, items)

    async def _find(self, value: dict[str, Any], context: Context) -> _Item:
        """Parse and validate an operation."""
        item = _Item(context)
        try:
            request = parse_graphql_request(value)
            item.name = request.operation_name
            found = await self._turns.find_operation(request, item.context, ALLOWED_OPERATION_TYPES["POST"])
        except BadInput as error:
            item.refuse(error, is_malformed=True)
        except OperationNotAllowed:
            item.refuse(BadInput("A batch cannot contain subscriptions."), is_malformed=True)
        else:
            if isinstance(found, Outcome):
                item.refusal = found
            else:
                item.operation = found
        return item

    async def _charge(self, items: Sequence[_Item]) -> None:
        """Charge all operations together, or refuse all of them."""
        operations = [item.operation for item in items if item.operation is not None]
        if not operations:
            return
        reports, error = await self._turns.charge_together(operations)
        for item, report in zip(items, reports, strict=True):
            item.report = report
            if error is not None:
                item.refuse(error, report)

    async def _answer(
        self, request: HttpRequest, item: _Item, position: SeenPosition, builder: BatchResponseBuilder
    ) -> None:
        """Execute an operation, add its result to the response, and log it."""
        started_at = perf_counter()
        _set_logged_operation(item.name)
        try:
            status = await self._execute(item, position, builder)
        except Exception as error:  # noqa: BLE001 -- one operation must not affect the others
            outcome = Outcome(refuse(error), item.report)
            status = await builder.add(outcome, None, has_written=False, is_malformed=False)
        log_request(_LOGGED_METHOD, request.scope["path"], started_at, status)
        _set_logged_operation(None)

    async def _execute(self, item: _Item, position: SeenPosition, builder: BatchResponseBuilder) -> int:
        context, outcome = item.context, item.refusal
        if outcome is None and item.operation is not None:
            outcome = await self._turns.execute_charged(item.operation, item.report, builder.size)
        assert outcome is not None, "an operation is found or refused"  # noqa: S101
        has_written = context.has_written or item.is_replay
        replicas = context.services.replicas
        token = None if replicas is None or not has_written else await position.load_token(replicas, context)
        return await builder.add(
            outcome, token, has_written=has_written, is_malformed=item.is_malformed, trace=context.trace
        )

    async def _finish(self, builder: BatchResponseBuilder, items: Sequence[_Item]) -> Response:
        response = await builder.build()
        if any(item.is_replay for item in items):
            response.raw_headers.append(REPLAYED)
        for item in items:
            for cookie in item.context.response_cookies:
                self._refresh_cookie.set(response, cookie)
        return response


def check_batch(values: Sequence[Any], maximum: int) -> None:
    """Raise BadRequest unless the values are objects, and not too many."""
    if maximum <= 1:
        raise BadRequest("The body must be a JSON object with a `query`; batches are off (MAX_BATCH).")
    if not 1 <= len(values) <= maximum:
        raise BadRequest(f"A batch contains 1 to {maximum} operations (MAX_BATCH); this one has {len(values)}.")
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            raise BadRequest(f"Element {index} of the batch is not a JSON object with a `query`.")


def _fork(previous: Context) -> Context:
    """Return the context of the next operation, which shares the deadline and the place of the request."""
    context = previous.renew(previous.signal)
    context.place, context.charged_buckets = previous.place, previous.charged_buckets
    context.trace = None if previous.trace is None else OperationTrace()
    return context


def _set_idempotency_key(request: HttpRequest, items: Sequence[_Item]) -> None:
    """Let the Idempotency-Key header stand for the only mutation. Refuse all operations if there are several."""
    if not request.has(IDEMPOTENCY_KEY_HEADER):
        return
    operations = [item.operation for item in items if item.operation is not None]
    mutations = [each for each in operations if each.operation.type is OperationType.MUTATION]
    for operation in mutations or operations[:1]:  # a malformed key is refused with queries, too
        key = read_idempotency_key(request.headers(IDEMPOTENCY_KEY_HEADER), operation.request)
        operation.context.idempotency_key = key
    if len(mutations) > 1:
        message = "The batch contains several mutations, and an Idempotency-Key identifies one. Send them separately."
        for item in items:
            item.refuse(BadInput(message), is_malformed=True)


def _set_logged_operation(name: str | None) -> None:
    """Set the operation in all further log lines."""
    if (log_context := current_log_context()) is not None:
        log_context.operation = name
