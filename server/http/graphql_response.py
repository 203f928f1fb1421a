"""The HTTP response to an executed GraphQL request: body, status and headers."""

from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLFormattedError
from starlette.responses import Response

from executor import ResponseTooLarge
from server.graphql.errors import RETRY_AFTER_SECONDS, ErrorCode, format_error
from server.graphql.operations import Outcome, PartlyEncodedResult, refuse
from server.graphql.response_encoding import encode_in_pieces
from server.http.media_types import GRAPHQL_JSON, with_utf8_charset
from server.http.paced_response import MAX_SENT_BYTES, PacedResponse
from server.http.rate_limit_headers import RateLimitHeaders
from server.http.response_headers import NO_STORE

_OK, _BAD_REQUEST, _TOO_MANY_REQUESTS, _SERVICE_UNAVAILABLE = 200, 400, 429, 503


class ResponseBuilder:
    """Builds the responses of one endpoint."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rate_limit_headers = RateLimitHeaders()

    async def build(self, outcome: Outcome, media_type: str, *, has_written: bool, include_cost: bool) -> Response:
        """Build the response. If its body is too large, it contains an error instead. With `include_cost`, the
        extensions of the result contain its cost."""
        response = await self._encode(outcome, media_type, has_written=has_written, include_cost=include_cost)
        response.raw_headers.append(NO_STORE)
        if outcome.cost is not None:
            response.raw_headers += self._rate_limit_headers.build(outcome.cost.statuses)
        return response

    async def _encode(self, outcome: Outcome, media_type: str, **options: bool) -> Response:
        body, status, headers = _build_body(outcome, media_type, **options)
        is_large = isinstance(outcome.result, PartlyEncodedResult)
        pieces = await encode_in_pieces(body) if is_large else [orjson.dumps(body)]
        size = sum(map(len, pieces))
        if size > self._max_bytes:
            refusal = Outcome(refuse(ResponseTooLarge(size, self._max_bytes)), outcome.cost)
            body, status, headers = _build_body(refusal, media_type, **options)
            pieces = [orjson.dumps(body)]
        return _pack(pieces, status, headers, with_utf8_charset(media_type))


def _build_body(
    outcome: Outcome, media_type: str, *, has_written: bool, include_cost: bool
) -> tuple[dict[str, Any], int, dict[str, str] | None]:
    """Return the response's body, its status and additional headers."""
    result, cost = outcome
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [format_error(error) for error in result.errors]
        _clear_tracebacks(result.errors)
    is_request_error = result.data is None and _are_request_errors(result.errors or [])
    if not is_request_error:
        body["data"] = result.data
    if include_cost and cost is not None:
        body["extensions"] = {**(result.extensions or {}), "cost": cost.describe()}
    elif result.extensions:
        body["extensions"] = result.extensions
    if result.errors and (retry := _find_retry(result, body["errors"], has_written=has_written)) is not None:
        return body, retry[0], {"Retry-After": str(retry[1])}
    return body, _BAD_REQUEST if is_request_error and media_type == GRAPHQL_JSON else _OK, None


def _pack(pieces: list[bytes], status: int, headers: dict[str, str] | None, media_type: str) -> Response:
    if len(pieces) == 1 and len(pieces[0]) <= MAX_SENT_BYTES:
        return Response(pieces[0], status, headers, media_type)
    return PacedResponse(pieces, status, headers, media_type)


def _are_request_errors(errors: list[GraphQLError]) -> bool:
    """Return whether the errors precede execution. Then the response has no `data` entry, as the spec requires."""
    return not any(error.path for error in errors)


def _find_retry(
    result: ExecutionResult, errors: list[GraphQLFormattedError], *, has_written: bool
) -> tuple[int, int] | None:
    """Return the status and the seconds to wait if nothing was executed and the request should be sent again."""
    if result.data is None and len(errors) == 1 and errors[0]["extensions"]["code"] == ErrorCode.RATE_LIMITED:
        return _TOO_MANY_REQUESTS, errors[0]["extensions"]["retryAfter"]
    if not has_written and _is_unavailable(result.data, errors):
        return _SERVICE_UNAVAILABLE, RETRY_AFTER_SECONDS
    return None


def _is_unavailable(data: dict[str, Any] | None, errors: list[GraphQLFormattedError]) -> bool:
    """Return whether nothing was executed because of an outage: every root field is null with such an error."""
    extensions = [error["extensions"] for error in errors]
    if any(each["code"] != ErrorCode.UNAVAILABLE or "resultUnknown" in each for each in extensions):
        return False
    failed_fields = {error["path"][0] for error in errors if error.get("path")}
    return data is None or all(value is None and name in failed_fields for name, value in data.items())


def _clear_tracebacks(errors: list[GraphQLError]) -> None:
    """Release the frames that the errors' tracebacks reference: they reference the errors, the context and the
    document, and such cycles would only be freed by the garbage collector."""
    for error in errors:
        exception: BaseException | None = error
        while exception is not None:
            exception.__traceback__ = None
            exception = exception.original_error if isinstance(exception, GraphQLError) else None
