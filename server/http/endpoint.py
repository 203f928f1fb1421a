"""The GraphQL endpoint: an ASGI application that executes one operation per HTTP request."""

from collections.abc import Callable
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLFormattedError, OperationType
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from executor import ResponseTooLarge
from resolvers.context import Context
from server.graphql.errors import RETRY_AFTER_SECONDS, ErrorCode, format_error
from server.graphql.operations import OperationExecutor, OperationNotAllowed, PartlyEncodedResult, too_large_result
from server.graphql.request import GraphQLRequest
from server.graphql.response_encoding import encode_in_pieces
from server.http.cookies import RefreshCookie
from server.http.errors import BadRequest, error_response
from server.http.idempotency_key import REPLAYED_HEADERS, read_idempotency_key
from server.http.media_types import GRAPHQL_JSON, JSON, negotiate_media_type, with_utf8_charset
from server.http.paced_response import MAX_SENT_BYTES, PacedResponse
from server.http.request import HttpRequest
from server.http.request_parsing import ALLOWED_OPERATION_TYPES, check_method, read_graphql_request
from server.http.response_headers import NO_STORE
from server.telemetry.log_context import current_log_context
from server.telemetry.truncation import truncate
from services.core.errors import BadInput


class GraphQLEndpoint:
    """Responds to GraphQL requests, and to browsers with the console page if there is one."""

    def __init__(
        self,
        operations: OperationExecutor,
        build_context: Callable[[HttpRequest], Context],
        refresh_cookie: RefreshCookie,
        build_console_page: Callable[[], Response] | None = None,
    ) -> None:
        self._operations = operations
        self._build_context = build_context
        self._refresh_cookie = refresh_cookie
        self._build_console_page = build_console_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(HttpRequest(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: HttpRequest) -> Response:
        accept = request.header(b"accept")
        if self._build_console_page is not None and _is_browser_navigation(request, accept):
            return self._build_console_page()
        media_type = JSON
        try:
            check_method(request)
            media_type = _response_media_type(accept)
            graphql_request = await read_graphql_request(request)
            context = self._build_context(request)
            result, headers = await self._execute(request, graphql_request, context)
        except BadRequest as error:
            return _error_response(str(error), media_type, error.status, error.headers)
        except BadInput as error:
            return _error_response(str(error), media_type)
        response = await self._build_response(result, media_type, headers, has_written=context.has_written)
        for cookie in context.response_cookies:
            self._refresh_cookie.set(response, cookie)
        return response

    async def _build_response(
        self, result: ExecutionResult, media_type: str, headers: dict[str, str] | None, *, has_written: bool
    ) -> Response:
        """Encode the result. If its size exceeds the limit, return an error instead."""
        body, status, all_headers = _build_body(result, media_type, headers, has_written=has_written)
        is_large = isinstance(result, PartlyEncodedResult)
        pieces = await encode_in_pieces(body) if is_large else [orjson.dumps(body)]
        size, limit = sum(map(len, pieces)), self._operations.max_response_bytes
        if size > limit:
            result = too_large_result(ResponseTooLarge(size, limit))
            body, status, all_headers = _build_body(result, media_type, headers, has_written=has_written)
            pieces = [orjson.dumps(body)]
        response = _pack(pieces, status, all_headers, with_utf8_charset(media_type))
        response.raw_headers.append(NO_STORE)
        return response

    async def _execute(
        self, request: HttpRequest, graphql_request: GraphQLRequest, context: Context
    ) -> tuple[ExecutionResult, dict[str, str] | None]:
        """Execute the operation; return its result and additional response headers."""
        _update_log_context(context, graphql_request)
        context.idempotency_key = key = read_idempotency_key(request, graphql_request)
        try:
            result = await self._operations.execute(graphql_request, context, ALLOWED_OPERATION_TYPES[request.method])
        except OperationNotAllowed as error:
            raise _not_allowed(error.operation_type) from None
        finally:
            await context.reader.close()
        return result, REPLAYED_HEADERS if key is not None and key.replayed else None


def _response_media_type(accept: str) -> str:
    media_type = negotiate_media_type(accept)
    if media_type is None:
        raise BadRequest(f"The server responds with {GRAPHQL_JSON} or {JSON}; accept one of them.", 406)
    return media_type


def _not_allowed(operation_type: OperationType) -> BadRequest:
    if operation_type is OperationType.SUBSCRIPTION:
        return BadRequest("Subscriptions are not served over plain HTTP.")
    return BadRequest("Mutations must be sent by POST.", 405, Allow="POST")


def _update_log_context(context: Context, graphql_request: GraphQLRequest) -> None:
    """Add the tenant, the user and the operation's name to all further log lines of the request."""
    if (log_context := current_log_context()) is not None:
        log_context.operation = truncate(graphql_request.operation_name or "") or None
        log_context.tenant = truncate(context.credentials.tenant or "") or None
        log_context.user = context.credentials.user_id


def _is_browser_navigation(request: HttpRequest, accept: str) -> bool:
    return request.method == "GET" and "text/html" in accept and "query" not in request.query_parameters


def _pack(pieces: list[bytes], status: int, headers: dict[str, str] | None, media_type: str) -> Response:
    if len(pieces) == 1 and len(pieces[0]) <= MAX_SENT_BYTES:
        return Response(pieces[0], status, headers, media_type)
    return PacedResponse(pieces, status, headers, media_type)


def _build_body(
    result: ExecutionResult, media_type: str, headers: dict[str, str] | None, *, has_written: bool
) -> tuple[dict[str, Any], int, dict[str, str] | None]:
    """Return the response's body, its status and additional headers."""
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [format_error(error) for error in result.errors]
    is_request_error = result.data is None and _are_request_errors(result.errors or [])
    if not is_request_error:
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    status = 400 if is_request_error and media_type == GRAPHQL_JSON else 200
    if result.errors and not has_written and _is_unavailable(result.data, body["errors"]):
        status, headers = 503, {**(headers or {}), "Retry-After": str(RETRY_AFTER_SECONDS)}
    return body, status, headers


def _are_request_errors(errors: list[GraphQLError]) -> bool:
    """Return whether the errors precede execution. Then the response has no `data` entry, as the spec requires."""
    return not any(error.path for error in errors)


def _is_unavailable(data: dict[str, Any] | None, errors: list[GraphQLFormattedError]) -> bool:
    """Return whether nothing was executed because of an outage: every root field is null with such an error."""
    extensions = [error["extensions"] for error in errors]
    if any(each["code"] != ErrorCode.UNAVAILABLE or "resultUnknown" in each for each in extensions):
        return False
    failed_fields = {error["path"][0] for error in errors if error.get("path")}
    return data is None or all(value is None and name in failed_fields for name, value in data.items())


def _error_response(
    message: str, media_type: str, status: int = 400, headers: dict[str, str] | None = None
) -> Response:
    return error_response(
        status, ErrorCode.BAD_USER_INPUT, message, headers=headers, media_type=with_utf8_charset(media_type)
    )
