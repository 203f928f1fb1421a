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
        if isinstance(outcome.result, PartlyEncodedResult):
            response = await self._encode_large(outcome, media_type, has_written=has_written, include_cost=include_cost)
        else:
            response = self._encode(outcome, media_type, has_written=has_written, include_cost=include_cost)
        response.raw_headers.append(NO_STORE)
        if outcome.cost is not None:
            response.raw_headers += outcome.cost.format_statuses(self._rate_limit_headers.build)
        return response

    def _encode(self, outcome: Outcome, media_type: str, *, has_written: bool, include_cost: bool) -> Response:
        body, status, headers = _build_body(outcome, media_type, has_written=has_written, include_cost=include_cost)
        content = orjson.dumps(body)
        if len(content) > self._max_bytes:
            return self._refuse(ResponseTooLarge(len(content), self._max_bytes), outcome, media_type)
        if len(content) > MAX_SENT_BYTES:
            return PacedResponse([content], status, headers, with_utf8_charset(media_type))
        return Response(content, status, headers, with_utf8_charset(media_type))

    async def _encode_large(
        self, outcome: Outcome, media_type: str, *, has_written: bool, include_cost: bool
    ) -> Response:
        body, status, headers = _build_body(outcome, media_type, has_written=has_written, include_cost=include_cost)
        try:
            pieces = await encode_in_pieces(body, self._max_bytes)
        except ResponseTooLarge as error:
            return self._refuse(error, outcome, media_type)
        return PacedResponse(pieces, status, headers, with_utf8_charset(media_type))

    def _refuse(self, error: ResponseTooLarge, outcome: Outcome, media_type: str) -> Response:
        return self._encode(Outcome(refuse(error), outcome.cost), media_type, has_written=False, include_cost=False)


def _build_body(
    outcome: Outcome, media_type: str, *, has_written: bool, include_cost: bool
) -> tuple[dict[str, Any], int, dict[str, str] | None]:
    """Return the response's body, its status and additional headers."""
    result, cost = outcome
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [format_error(error) for error in result.errors]
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
