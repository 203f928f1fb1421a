"""The GraphQL endpoint: an operation in, an answer out, over HTTP."""

from collections.abc import Callable
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from resolvers.context import Context
from server.cookies import Cookies
from server.error_response import error_response
from server.errors import ErrorCode, rendered
from server.graphql_request import GRAPHQL_JSON, JSON, GraphQLRequest, Malformed, answer_type, read_request
from server.idempotency import REPLAYED, request_key
from server.incoming import Incoming
from server.operations import Operations
from server.request_log import current_request
from services.errors import BadInput

METHODS = ("GET", "POST")
LONGEST_LOGGED = 100


class Endpoint:
    """Answers GraphQL requests, as an ASGI application. `make_context` says who is calling and with what; `page` is for
    browsers."""

    def __init__(
        self,
        operations: Operations,
        make_context: Callable[[Incoming], Context],
        cookies: Cookies,
        page: Callable[[], Response] | None = None,
    ) -> None:
        self._operations = operations
        self._make_context = make_context
        self._cookies = cookies
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._response(Incoming(scope, receive))
        await response(scope, receive, send)

    async def _response(self, request: Incoming) -> Response:
        accept = request.header(b"accept")
        if self._page is not None and _is_browser(request, accept):
            return self._page()
        media_type = JSON
        try:
            _check_method(request)
            media_type = answer_type(accept)
            operation = await read_request(request)
            context = self._make_context(request)
            result, headers = await self._execute(request, operation, context)
        except Malformed as problem:
            return _refusal(str(problem), media_type, problem.status, problem.headers)
        except BadInput as problem:
            return _refusal(str(problem), media_type)
        response = _answer(result, media_type, headers)
        for cookie in context.response_cookies:
            self._cookies.set(response, cookie)
        return response

    async def _execute(
        self, request: Incoming, operation: GraphQLRequest, context: Context
    ) -> tuple[ExecutionResult, dict[str, str] | None]:
        """What came of it, and what the response's headers say of that."""
        _note(context, operation)
        context.key = key = request_key(request, operation)
        try:
            result = await self._operations.run(operation, context, queries_only=request.method == "GET")
            return result, REPLAYED if key is not None and key.replayed else None
        finally:
            await context.reader.close()


def _check_method(request: Incoming) -> None:
    if request.method not in METHODS:
        raise Malformed("Send operations by GET or POST.", 405, Allow=", ".join(METHODS))


def _note(context: Context, operation: GraphQLRequest) -> None:
    """Tell the log who asked for what."""
    if (record := current_request()) is not None:
        record.operation = operation.operation_name
        record.tenant = (context.caller.tenant or "")[:LONGEST_LOGGED] or None
        record.user = context.caller.user_id


def _is_browser(request: Incoming, accept: str) -> bool:
    return request.method == "GET" and "text/html" in accept and "query" not in request.parameters


def _answer(result: ExecutionResult, media_type: str, headers: dict[str, str] | None) -> Response:
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [rendered(error) for error in result.errors]
    refused = result.data is None and _before_execution(result.errors or [])
    if not refused:
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    status = 400 if refused and media_type == GRAPHQL_JSON else 200
    return Response(orjson.dumps(body), status, headers, media_type=_in_utf8(media_type))


def _before_execution(errors: list[GraphQLError]) -> bool:
    """Whether the operation was refused before it began: then there is no `data`, not even null."""
    return not any(error.path for error in errors)


def _refusal(message: str, media_type: str, status: int = 400, headers: dict[str, str] | None = None) -> Response:
    return error_response(status, ErrorCode.BAD_USER_INPUT, message, headers=headers, media_type=_in_utf8(media_type))


def _in_utf8(media_type: str) -> str:
    return f"{media_type}; charset=utf-8"
