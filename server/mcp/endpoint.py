"""The endpoint /mcp: an ASGI application that answers messages of AI agents with the rules of /graphql."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from resolvers.context import Context
from server.config.settings import Settings
from server.graphql.cost_charge import find_charged_buckets, known_buckets
from server.graphql.errors import ErrorCode
from server.graphql.outcome import Outcome
from server.graphql.request import GraphQLRequest
from server.http.consistency import HEADER as CONSISTENCY_HEADER
from server.http.consistency import load_token, read_position
from server.http.errors import BadRequest
from server.http.rate_limit_headers import RateLimitHeaders
from server.http.refusals import describe_failure
from server.http.request import HttpRequest
from server.http.request_memory import UNCOUNTED_BYTES
from server.http.request_parsing import check_content_type, decode_json
from server.http.request_turns import RequestTurns, update_log_context
from server.http.request_watch import CLIENT_DISCONNECTED
from server.http.response_headers import NO_STORE, Header
from server.mcp.captured_response import CapturedResponse
from server.mcp.exchange import SCOPE_KEY, McpExchange
from server.mcp.json_rpc import build_refusal, error_response, unauthenticated_response
from server.mcp.message_charge import BYTES_PER_POINT, MESSAGE_POINTS, charge_message, charge_points

if TYPE_CHECKING:
    from server.mcp.protocol import McpProtocol

MCP_PATH = "/mcp"
MCP_PATHS = (MCP_PATH, f"{MCP_PATH}/")
_ONLY_POST = "Send messages by POST. The server opens no streams, and there are no sessions to delete."
_FOREIGN_ORIGIN = "Pages of this origin may not use /mcp: see CORS_ORIGINS and PUBLIC_URL."


class McpEndpoint:
    """Answers agents. Each request is authenticated, waits for its turn and is charged as one for /graphql is."""

    def __init__(
        self, turns: RequestTurns, build_context: Callable[[HttpRequest], Context], settings: Settings
    ) -> None:
        self._turns = turns
        self._build_context = build_context
        self._settings = settings
        self._rate_limit_headers = RateLimitHeaders()
        self._loading: asyncio.Task[McpProtocol] | None = None

    @property
    def routes(self) -> list[Route]:
        """The routes of the endpoint."""
        return [Route(path, self) for path in MCP_PATHS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope, receive)
        try:
            response = await self._respond(request)
            await response(scope, receive, send)
        finally:
            request.release_memory()

    async def _respond(self, request: HttpRequest) -> Response:
        try:
            return await self._receive_and_answer(request)
        except Exception as error:
            if (refusal := describe_failure(error)) is None:
                raise
            return build_refusal(refusal)

    async def _receive_and_answer(self, request: HttpRequest) -> Response:
        self._check_head(request)
        context = self._build_context(request)
        if context.credentials.is_anonymous:
            return unauthenticated_response(context.auth_error)
        body = await request.body(self._turns.memory)
        message = decode_json(body, "The body is not JSON in UTF-8.")
        protocol = await self._load_protocol()
        answer = partial(self._answer, request, body, message, context, protocol)
        try:
            response = await self._turns.run(context, request.receive, answer)
        finally:
            if context.place is not None:
                context.place.leave()
        if context.signal.reason is CLIENT_DISCONNECTED:
            raise ClientDisconnect
        if isinstance(response, Outcome):
            errors = response.result.errors or []
            return error_response(503, ErrorCode.ABORTED, errors[0].message)
        return response

    def _check_head(self, request: HttpRequest) -> None:
        """Raise BadRequest for a page of another site, or a request that is no message.

        The Origin is not compared with the Host header: if a name of another site is resolved to this server (DNS
        rebinding), both name that site."""
        if request.has(b"origin") and not self._settings.is_allowed_without_cookies(request.header(b"origin")):
            raise BadRequest(_FOREIGN_ORIGIN, 403)
        if request.method != "POST":
            raise BadRequest(_ONLY_POST, 405, Allow="POST")
        check_content_type(request)

    async def _answer(
        self, request: HttpRequest, body: bytes, message: Any, context: Context, protocol: "McpProtocol"
    ) -> Response:
        """Authenticate and charge the request, and let the SDK answer it."""
        try:
            principal = await context.identify()
            if known_buckets(context) is None:
                await find_charged_buckets(context)  # in the same transaction
            await context.reader.release()
            if principal.is_anonymous:
                await charge_points(context, MESSAGE_POINTS)
                return unauthenticated_response(context.auth_error)
            update_log_context(context, GraphQLRequest(""))  # requests without an operation name their caller, too
            exchange = McpExchange(request, context, principal, _read_arguments(message))
            calls_tool = _calls_tool(message)
            if not calls_tool:
                await charge_message(exchange)
            if context.services.replicas is not None:
                context.read_position = read_position(request)
            captured = CapturedResponse(body)
            await protocol.respond({**request.scope, SCOPE_KEY: exchange}, captured.receive, captured.send)
            await self._charge_response(exchange, 0 if calls_tool else captured.size)
            self._reserve_memory(exchange, captured.size)
            return captured.build(await self._build_headers(exchange))
        finally:
            await context.reader.close()

    async def _charge_response(self, exchange: McpExchange, size: int) -> None:
        """Charge a call of a tool that executed nothing, and the size of a large response. Nothing is charged after the
        request was aborted."""
        if exchange.context.signal.reason is not None:
            return
        if not exchange.was_charged:
            await charge_message(exchange)
        if points := size // BYTES_PER_POINT:
            await charge_points(exchange.context, points)

    def _reserve_memory(self, exchange: McpExchange, size: int) -> None:
        """Reserve memory for a large response; raise Overloaded if there is too little, unless data was changed."""
        if size > UNCOUNTED_BYTES and not exchange.context.has_written:
            exchange.request.reserve(self._turns.memory, size)

    async def _build_headers(self, exchange: McpExchange) -> list[Header]:
        """Return the headers of the response: those of /graphql about caches, budgets and consistency."""
        headers: list[Header] = [NO_STORE]
        if exchange.cost is not None:
            headers += exchange.cost.derive_from_statuses(self._rate_limit_headers.build)
        replicas, context = exchange.context.services.replicas, exchange.context
        if replicas is not None and context.has_written:
            token = await load_token(replicas, context)
            headers += [] if token is None else [(CONSISTENCY_HEADER, token.encode())]
        return headers

    async def _load_protocol(self) -> "McpProtocol":
        """Return the server of the SDK. It is loaded for the first request, in a thread. If that fails, the next
        request loads it again."""
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(self._build_protocol))
            self._loading.add_done_callback(self._forget_failure)
        return await asyncio.shield(self._loading)

    def _forget_failure(self, loading: "asyncio.Task[McpProtocol]") -> None:
        if loading.cancelled() or loading.exception() is not None:
            self._loading = None

    def _build_protocol(self) -> "McpProtocol":
        from server.mcp.protocol import McpProtocol

        return McpProtocol(self._turns, self._settings)


def _calls_tool(message: Any) -> bool:
    return isinstance(message, dict) and message.get("method") == "tools/call"


def _read_arguments(message: Any) -> dict[str, Any]:
    """Return the arguments of a tool. The SDK refuses a message in which they are no object."""
    parameters = message.get("params") if isinstance(message, dict) else None
    arguments = parameters.get("arguments") if isinstance(parameters, dict) else None
    return arguments if isinstance(arguments, dict) else {}
