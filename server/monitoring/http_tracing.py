"""The span of an HTTP request, as a part of the client's trace (W3C Trace Context)."""

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.asgi import GRAPHQL_PATHS
from server.http.request_head import HEAD, add_head
from server.mcp.endpoint import MCP_PATH, MCP_PATHS
from server.monitoring.tracing import trace_id
from server.telemetry.log_context import current_log_context
from server.telemetry.trace_headers import PROPAGATOR

TRACE_RESPONSE = b"traceresponse"
"""The header with which a response names its trace (W3C Trace Context, level 2)."""
_INTERNAL_ERROR = 500
_ROUTES = dict.fromkeys(GRAPHQL_PATHS, GRAPHQL_PATHS[0]) | dict.fromkeys(MCP_PATHS, MCP_PATH)


class TracingMiddleware:
    """Starts a span for each request to /graphql and /mcp. Place it inside RequestIdMiddleware, whose log lines then
    have the id of the trace."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = _ROUTES.get(scope["path"].removeprefix(scope.get("root_path", ""))) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        headers = (scope.get(HEAD) or add_head(scope)).by_name
        carrier = {name: headers.get(name.encode(), b"").decode("latin-1") for name in PROPAGATOR.fields}
        attributes = {"http.request.method": scope["method"], "http.route": route, "url.path": scope["path"]}
        parent = PROPAGATOR.extract({name: value for name, value in carrier.items() if value})
        name = f"{scope['method']} {route}"
        with self._tracer.start_as_current_span(name, parent, SpanKind.SERVER, attributes) as span:
            await self._app(scope, receive, _RespondWithTrace(span, send) if span.is_recording() else send)


class _RespondWithTrace:
    """Sends the messages of a response, with the header of its trace, and records its status."""

    def __init__(self, span: Span, send: Send) -> None:
        self._span = span
        self._send = send
        if (log_context := current_log_context()) is not None:
            log_context.trace_id = trace_id(span)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            span, status = self._span, message["status"]
            span.set_attribute("http.response.status_code", status)
            if status >= _INTERNAL_ERROR:
                span.set_status(StatusCode.ERROR)
            context = span.get_span_context()
            value = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
            message = {**message, "headers": [*message.get("headers", ()), (TRACE_RESPONSE, value.encode())]}
        await self._send(message)
