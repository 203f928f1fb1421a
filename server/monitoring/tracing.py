"""Spans of OpenTelemetry: HTTP requests, operations, parsing, execution, batched loads and SQL statements.

Spans below an operation are started only if it is recorded, so an operation that is not sampled costs little."""

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from graphql import ExecutionResult, OperationType
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from sqlalchemy import event as sqlalchemy_event

from database.engine import Database
from executor import BatchedField, FieldPlace, PlanCache
from resolvers.context import Context
from server.graphql.documents import ValidatedDocument
from server.graphql.errors import ErrorCode
from server.graphql.executors import ExecuteFunction
from server.graphql.outcome import Outcome
from server.graphql.plan_caches import build_plan_cache
from server.graphql.request import GraphQLRequest
from server.graphql.result_stream import OpenStream, ResultStream
from server.monitoring.measured_documents import MeasuredDocumentCache
from server.monitoring.measured_turns import MeasuredTurns
from server.monitoring.operation_record import OK, OperationRecord
from server.monitoring.statement_text import statement_text
from server.telemetry.log_context import current_log_context
from server.telemetry.trace_headers import trace_headers
from server.webhooks.client import Post, Response

MAX_NAME_LENGTH = 64
_SERVER_FAULTS = frozenset({ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE})
_SPAN = "allotment.statement_span"


def trace_id(span: Span) -> str:
    """Return the id of a span's trace, as it is written in headers and logs."""
    return trace.format_trace_id(span.get_span_context().trace_id)


class TracedTurns(MeasuredTurns):
    """Turns with a span for each operation. An operation over HTTP is a part of the span of its request."""

    def __init__(self, tracer: Tracer, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._tracer = tracer

    async def execute(
        self,
        request: GraphQLRequest,
        context: Context,
        allowed_types: Container[OperationType],
        idempotency_keys: Sequence[str] = (),
    ) -> Outcome:
        with self._tracer.start_as_current_span("GraphQL operation", record_exception=False) as span:
            if span.is_recording() and (log_context := current_log_context()) is not None:
                log_context.trace_id = trace_id(span)
            return await super().execute(request, context, allowed_types, idempotency_keys)

    async def _measure(self, request: GraphQLRequest, context: Context, execution: Awaitable[Outcome]) -> Outcome:
        with self._tracer.start_as_current_span("GraphQL operation", record_exception=False):
            return await super()._measure(request, context, execution)

    def observe_streams(self, open_stream: OpenStream) -> OpenStream:
        observed = super().observe_streams(open_stream)

        async def traced(request: GraphQLRequest, context: Context) -> Outcome | ResultStream:
            with self._tracer.start_as_current_span("GraphQL operation", record_exception=False):
                return await observed(request, context)

        return traced


def describe_operation(record: OperationRecord) -> None:
    """Describe the operation that has ended in its span, which is the current one."""
    span = trace.get_current_span()
    if not span.is_recording():
        return
    if (operation := record.operation) is not None:
        name = (operation.name or "")[:MAX_NAME_LENGTH]
        span.update_name(f"{operation.type.value} {name}".rstrip())
        span.set_attribute("graphql.operation.type", operation.type.value)
        span.set_attribute("graphql.operation.name", name)
        span.set_attribute("allotment.document.sha256", operation.document_hash)
    if record.cost is not None:
        span.set_attribute("allotment.cost", record.cost.actual)
    span.set_attribute("allotment.statements", record.statements)
    span.set_attribute("allotment.transport", record.transport)
    if record.outcome != OK:
        span.set_attribute("error.type", str(record.outcome))
        if record.outcome in _SERVER_FAULTS:  # the others are faults of the client
            span.set_status(StatusCode.ERROR)


class TracedDocumentCache(MeasuredDocumentCache):
    """A cache with a span for each document that is parsed and validated."""

    def __init__(self, tracer: Tracer, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._tracer = tracer

    def _parse_and_validate(self, text: str) -> ValidatedDocument:
        with self._tracer.start_as_current_span("parse and validate", attributes={"allotment.characters": len(text)}):
            return super()._parse_and_validate(text)


def trace_execution(tracer: Tracer, execute: ExecuteFunction) -> ExecuteFunction:
    """Return the function with a span for each execution."""

    async def traced(*arguments: Any, **options: Any) -> ExecutionResult:
        with tracer.start_as_current_span("execute", record_exception=False):
            result: ExecutionResult | Awaitable[ExecutionResult] = execute(*arguments, **options)
            return result if isinstance(result, ExecutionResult) else await result

    return traced


def trace_webhooks(tracer: Tracer, post: Post) -> Post:
    """Return the function with a span for each delivery, whose context the endpoint receives."""

    async def traced(url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        with tracer.start_as_current_span("webhook", kind=SpanKind.CLIENT, record_exception=False) as span:
            response = await post(url, body, {**headers, **trace_headers()})
            span.set_attribute("http.response.status_code", response.status)
            return response

    return traced


def build_traced_plans(tracer: Tracer) -> PlanCache:
    """Build a cache of plans with a span for each batch that they load."""
    return build_plan_cache(wrap_batched=partial(_trace_load, tracer))


def _trace_load(tracer: Tracer, place: FieldPlace, declaration: BatchedField) -> BatchedField:
    if declaration.is_sync:
        return declaration
    load, name = declaration.load, f"load {place.coordinates}"

    async def traced(context: Any, parents: Sequence[Any], *arguments: Any) -> Any:
        if not trace.get_current_span().is_recording():
            return await load(context, parents, *arguments)
        with tracer.start_as_current_span(name, attributes={"allotment.parents": len(parents)}, record_exception=False):
            return await load(context, parents, *arguments)

    return replace(declaration, load=traced)


class StatementTracer:
    """A span for each SQL statement of a recorded operation."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def listen(self, database: Database) -> None:
        """Trace the statements of a database from now on."""
        start: Callable[..., None] = partial(self._start, database.dialect)
        for engine in {database.read_engine.sync_engine, database.write_engine.sync_engine}:
            sqlalchemy_event.listen(engine, "before_cursor_execute", start)
            sqlalchemy_event.listen(engine, "after_cursor_execute", _end)
            sqlalchemy_event.listen(engine, "handle_error", _fail)

    def _start(self, system: str, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if trace.get_current_span().is_recording():
            text = statement_text(statement)
            attributes = {"db.system.name": system, "db.query.text": text}
            connection.info[_SPAN] = self._tracer.start_span(_name(text), kind=SpanKind.CLIENT, attributes=attributes)


def _end(connection: Any, *_rest: Any) -> None:
    if (span := connection.info.pop(_SPAN, None)) is not None:
        span.end()


def _fail(failure: Any) -> None:
    if failure.connection is None or (span := failure.connection.info.pop(_SPAN, None)) is None:
        return
    span.set_attribute("error.type", type(failure.original_exception).__name__)
    span.set_status(StatusCode.ERROR)
    span.end()


def _name(text: str) -> str:
    words = text.split(None, 2)
    return " ".join(words[:2]) if words[:1] == ["EXECUTE"] else words[0] if words else "SQL"
