"""The HTTP response to an executed GraphQL request: body, status and headers."""

from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLFormattedError
from starlette.responses import Response

from server.graphql.errors import RETRY_AFTER_SECONDS, ErrorCode, format_error
from server.graphql.operations import Outcome
from server.http.media_types import GRAPHQL_JSON, with_utf8_charset
from server.http.rate_limit_headers import RateLimitHeaders
from server.http.response_headers import NO_STORE

_BAD_REQUEST, _TOO_MANY_REQUESTS, _SERVICE_UNAVAILABLE = 400, 429, 503


class ResponseBuilder:
    """Builds the responses of one endpoint."""

    def __init__(self) -> None:
        self._rate_limit_headers = RateLimitHeaders()

    def build(self, outcome: Outcome, media_type: str, *, has_written: bool, include_cost: bool) -> Response:
        """Build the response. With `include_cost`, the extensions of the result contain its cost."""
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
        status = _BAD_REQUEST if is_request_error and media_type == GRAPHQL_JSON else 200
        headers = None
        if result.errors and (retry := _find_retry(result, body["errors"], has_written=has_written)) is not None:
            status, headers = retry[0], {"Retry-After": str(retry[1])}
        response = Response(orjson.dumps(body), status, headers, media_type=with_utf8_charset(media_type))
        response.raw_headers.append(NO_STORE)
        if cost is not None:
            response.raw_headers += self._rate_limit_headers.build(cost.statuses)
        return response


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
