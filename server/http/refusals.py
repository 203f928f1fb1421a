"""Why a request is not executed, as the endpoints describe it in their formats."""

from typing import NamedTuple

from graphql import GraphQLError
from starlette.responses import Response

from database.outage import is_outage
from server.graphql.errors import OUTAGE_RETRY_SECONDS, ErrorCode, format_error
from server.http.caller_connections import TooManyConnections
from server.http.errors import BadRequest, error_response
from server.http.media_types import with_utf8_charset
from server.http.overloaded import OVERLOAD_RETRY_SECONDS, Overloaded
from services.core.errors import BadInput, RateLimited

_BAD_REQUEST, _TOO_MANY_REQUESTS, _SERVICE_UNAVAILABLE = 400, 429, 503


class Refusal(NamedTuple):
    """The status and the error of the response to a request that is not executed."""

    status: int
    code: ErrorCode
    message: str
    headers: dict[str, str]
    retry_after: int | None = None
    """The seconds after which the same request may be executed."""

    def build_response(self, media_type: str) -> Response:
        """Build the response with one top-level error and no data."""
        if self.retry_after is None:
            return error_response(
                self.status, self.code, self.message, headers=self.headers, media_type=with_utf8_charset(media_type)
            )
        return error_response(
            self.status,
            self.code,
            self.message,
            headers={**self.headers, "Retry-After": str(self.retry_after)},
            media_type=with_utf8_charset(media_type),
            retryAfter=self.retry_after,
        )


def describe_refusal(error: Exception) -> Refusal | None:
    """Return why a request is not executed; None if the exception is no refusal."""
    match error:
        case BadRequest():
            return Refusal(error.status, ErrorCode.BAD_USER_INPUT, str(error), error.headers)
        case BadInput():
            return Refusal(_BAD_REQUEST, ErrorCode.BAD_USER_INPUT, str(error), {})
        case RateLimited():
            return Refusal(_TOO_MANY_REQUESTS, ErrorCode.RATE_LIMITED, str(error), {}, error.retry_after)
        case TooManyConnections():
            message = f"{error}. Close one of them first."
            return Refusal(_TOO_MANY_REQUESTS, ErrorCode.RATE_LIMITED, message, {}, OVERLOAD_RETRY_SECONDS)
        case Overloaded():
            return _unavailable(str(error), OVERLOAD_RETRY_SECONDS)
        case _:
            return None


def describe_failure(error: Exception) -> Refusal | None:
    """Return the same, also for an outage of the database, which is logged: for endpoints that report it for the whole
    request, and not for each field."""
    if not is_outage(error):
        return describe_refusal(error)
    message = format_error(GraphQLError(str(error), original_error=error))["message"]
    return _unavailable(message, OUTAGE_RETRY_SECONDS)


def _unavailable(message: str, retry_after: int) -> Refusal:
    return Refusal(_SERVICE_UNAVAILABLE, ErrorCode.UNAVAILABLE, message, {}, retry_after)
