"""The GraphQL endpoint: an ASGI application that executes the operation of an HTTP request, or those of a batch."""

from collections.abc import Awaitable, Callable

from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from resolvers.context import Context
from server.config.response_settings import ResponseSettings
from server.graphql.found_operation import OperationNotAllowed
from server.graphql.outcome import Outcome
from server.graphql.request import parse_graphql_request
from server.http.batch import BatchEndpoint
from server.http.conditional import build_validator
from server.http.consistency import load_token, read_position
from server.http.cookies import RefreshCookie
from server.http.errors import BadRequest
from server.http.graphql_response import ResponseBuilder
from server.http.http_subscription import HttpSubscription
from server.http.idempotency_key import IDEMPOTENCY_KEY_HEADER, REPLAYED
from server.http.live_streams import LiveStreams
from server.http.media_types import (
    EVENT_STREAM,
    GRAPHQL_JSON,
    JSON,
    MULTIPART,
    AcceptedTypes,
)
from server.http.refusals import describe_refusal
from server.http.request import HttpRequest
from server.http.request_parsing import (
    ALLOWED_OPERATION_TYPES,
    check_media_types,
    check_method,
    read_parameters,
)
from server.http.request_turns import RequestTurns
from server.http.request_watch import CLIENT_DISCONNECTED
from server.http.stream_formats import STREAM_FORMATS
from server.http.trace import TRACE_HEADER, start_trace

BeginTrace = Callable[[Context], Awaitable[None]]
"""Begins the trace of a request that has asked for it, or drops it."""
_STREAMS_ONLY = (
    "The results of a subscription or a live query are a stream: accept "
    f"{EVENT_STREAM} or {MULTIPART};subscriptionSpec=1.0, or subscribe over WebSocket."
)


class GraphQLEndpoint:
    """Responds to GraphQL requests, and to browsers with the console page if there is one."""

    def __init__(  # noqa: PLR0913 -- a keyword
        self,
        turns: RequestTurns,
        build_context: Callable[[HttpRequest], Context],
        refresh_cookie: RefreshCookie,
        settings: ResponseSettings,
        streams: LiveStreams,
        *,
        begin_trace: BeginTrace,
        build_console_page: Callable[[Request], Response] | None = None,
    ) -> None:
        self._turns = turns
        self._memory = turns.memory
        self._build_context = build_context
        self._refresh_cookie = refresh_cookie
        self._streams = streams
        self._begin_trace = begin_trace
        self._build_console_page = build_console_page
        self._response_builder = ResponseBuilder(settings, turns.memory)
        self._batches = BatchEndpoint(turns, refresh_cookie, settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope, receive)
        try:
            response = await self._respond(request)
            await response(scope, receive, send)
        finally:
            if request.reservation is not None:
                request.release_memory()

    async def _respond(self, request: HttpRequest) -> Response:
        if self._build_console_page is not None and request.method != "POST" and _is_browser_navigation(request):
            return self._build_console_page(request.starlette)
        media_type = JSON
        try:
            check_method(request)
            accepted = request.head.accepted
            if accepted.response == GRAPHQL_JSON:
                media_type = GRAPHQL_JSON
            check_media_types(request)
            body = b"" if request.method == "GET" else await request.body(self._memory)
            return await self._respond_in_turn(request, body, self._build_context(request), accepted)
        except Exception as error:
            if (refusal := describe_refusal(error)) is None:
                raise
            return refusal.build_response(media_type)

    async def _respond_in_turn(
        self, request: HttpRequest, body: bytes, context: Context, accepted: AcceptedTypes
    ) -> Response:
        """Wait for a place; execute the request and encode its response in it. The results of a subscription follow
        later."""
        if TRACE_HEADER in request.head.by_name:
            context.trace = start_trace(request)
        try:
            arguments = (request, body, context, accepted)
            outcome = await self._turns.run(context, request.receive, self._execute, *arguments)
            if isinstance(outcome, HttpSubscription):
                return self._streams.respond(request, outcome, accepted.stream or EVENT_STREAM)
            if isinstance(outcome, Response):
                if context.signal.reason is CLIENT_DISCONNECTED:
                    raise ClientDisconnect
                return outcome
            return await self._build_response(request, context, outcome, accepted.response or JSON)
        finally:
            if context.place is not None:
                context.place.leave()

    async def _build_response(
        self, request: HttpRequest, context: Context, outcome: Outcome, media_type: str
    ) -> Response:
        if context.signal.reason is CLIENT_DISCONNECTED:
            raise ClientDisconnect
        is_replay = context.idempotency_key is not None and context.idempotency_key.replayed
        has_written = context.has_written or is_replay
        replicas = context.services.replicas
        token = None if replicas is None or not has_written else await load_token(replicas, context)
        builder = self._response_builder
        is_plain = token is None and context.trace is None
        response = await builder.build_plain(request, outcome, media_type) if is_plain else None
        if response is None:
            response = await builder.build(
                request, outcome, media_type, token, has_written=has_written, trace=context.trace
            )
        if is_replay:
            response.raw_headers.append(REPLAYED)
        for cookie in context.response_cookies:
            self._refresh_cookie.set(response, cookie)
        return response

    async def _execute(
        self, request: HttpRequest, body: bytes, context: Context, accepted: AcceptedTypes
    ) -> Outcome | Response | HttpSubscription:
        """Return the outcome of the operation, the response to a batch, or a subscription."""
        if context.trace is not None:
            await self._begin_trace(context)
        parameters = read_parameters(request, body)
        media_type = accepted.response or JSON
        if isinstance(parameters, list):
            return await self._batches.respond(request, parameters, context, media_type)
        graphql_request = parse_graphql_request(parameters)
        if request.method == "GET" and media_type not in STREAM_FORMATS and context.trace is None:
            graphql_request = graphql_request.with_validator(build_validator(request, media_type))
        has_key = IDEMPOTENCY_KEY_HEADER in request.head.by_name
        keys = request.headers(IDEMPOTENCY_KEY_HEADER) if has_key else ()
        if context.services.replicas is not None:
            context.read_position = read_position(request)
        try:
            return await self._turns.execute(graphql_request, context, ALLOWED_OPERATION_TYPES[request.method], keys)
        except OperationNotAllowed as error:
            if error.operation_type is not OperationType.SUBSCRIPTION:
                raise BadRequest("Mutations must be sent by POST.", 405, Allow="POST") from None
            if accepted.stream is None:
                raise BadRequest(_STREAMS_ONLY, 406) from None
        context.trace = None  # only operations with one result have a trace
        return await self._streams.open(graphql_request, context)


def _is_browser_navigation(request: HttpRequest) -> bool:
    """Return whether a browser opens the URL. The console does not run the operation that a link to it contains."""
    if request.method not in ("GET", "HEAD") or "text/html" not in request.header(b"accept"):
        return False
    return request.query_parameters.keys().isdisjoint(("documentId", "extensions"))
