"""The refusal of requests that would exceed the capacity of a process."""

from starlette.responses import Response

from server.graphql.errors import ErrorCode
from server.http.errors import error_response
from server.http.media_types import with_utf8_charset

OVERLOAD_RETRY_SECONDS = 1
"""When clients should try again if the process has no capacity at present."""


class Overloaded(Exception):
    """The process has no capacity for the request at present."""


def overloaded_response(message: str, media_type: str) -> Response:
    """Build the response to a request that was refused."""
    return retry_response(503, ErrorCode.UNAVAILABLE, message, media_type)


def retry_response(status: int, code: ErrorCode, message: str, media_type: str) -> Response:
    """Build the response to a request that was refused and may be sent again soon."""
    return error_response(
        status,
        code,
        message,
        headers={"Retry-After": str(OVERLOAD_RETRY_SECONDS)},
        media_type=with_utf8_charset(media_type),
        retryAfter=OVERLOAD_RETRY_SECONDS,
    )
