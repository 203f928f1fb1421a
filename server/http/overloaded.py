"""The refusal of requests that would exceed the capacity of a process."""

from starlette.responses import Response

from server.graphql.errors import ErrorCode
from server.http.errors import error_response
from server.http.media_types import with_utf8_charset

RETRY_AFTER_SECONDS = 1


class Overloaded(Exception):
    """The process has no capacity for the request at present."""


def overloaded_response(message: str, media_type: str) -> Response:
    """Build the response to a request that was refused."""
    return error_response(
        503,
        ErrorCode.UNAVAILABLE,
        message,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        media_type=with_utf8_charset(media_type),
        retryAfter=RETRY_AFTER_SECONDS,
    )
