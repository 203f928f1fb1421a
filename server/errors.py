"""Errors as clients see them: a code for each, and nothing of ours when the fault is ours."""

import logging
from enum import StrEnum

from graphql import GraphQLError, GraphQLFormattedError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from strawberry.exceptions import StrawberryGraphQLError

from server.request_log import current_request
from services.errors import BadInput, Conflict, Forbidden, RateLimited, Unauthenticated

logger = logging.getLogger("allotment.graphql")


class ErrorCode(StrEnum):
    """`extensions.code` of a top-level error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL = "INTERNAL"


_CODES: dict[type[BaseException], ErrorCode] = {
    Unauthenticated: ErrorCode.UNAUTHENTICATED,
    Forbidden: ErrorCode.FORBIDDEN,
    BadInput: ErrorCode.BAD_USER_INPUT,
    Conflict: ErrorCode.CONFLICT,
    RateLimited: ErrorCode.RATE_LIMITED,
}
_TOO_DEEP = "The operation is nested too deeply."
_BUSY = (PoolTimeout, ConnectionError, TimeoutError)


def rendered(error: GraphQLError) -> GraphQLFormattedError:
    """The error with its code. What nobody foresaw is masked, and logged with the request's id."""
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if original is None or isinstance(original, GraphQLError | StrawberryGraphQLError):
        return coded(error, ErrorCode.BAD_USER_INPUT)
    if isinstance(original, RecursionError):
        return coded(error, ErrorCode.BAD_USER_INPUT, _TOO_DEEP)
    code = _CODES.get(type(original), ErrorCode.INTERNAL)
    if code is ErrorCode.INTERNAL:
        return _masked(error, original)
    formatted = coded(error, code)
    if isinstance(original, RateLimited):
        formatted["extensions"]["retryAfter"] = original.retry_after
    return formatted


def coded(error: GraphQLError, code: ErrorCode, message: str | None = None) -> GraphQLFormattedError:
    """The error with this code and, if given, another message."""
    formatted = error.formatted
    formatted["message"] = message or error.message
    formatted["extensions"] = {**formatted.get("extensions", {}), "code": code.value}
    return formatted


def _masked(error: GraphQLError, original: Exception) -> GraphQLFormattedError:
    request = current_request()
    request_id = request.id if request else "unknown"
    logger.error("%s failed", _where(error), exc_info=original)
    formatted = coded(error, ErrorCode.INTERNAL, _apology(original) + f" Request id: {request_id}.")
    formatted["extensions"]["requestId"] = request_id
    return formatted


def _apology(original: Exception) -> str:
    lost = isinstance(original, DBAPIError) and original.connection_invalidated
    if lost or isinstance(original, _BUSY):
        return "The database cannot be reached at the moment; try again."
    return "Something went wrong on our side; it has been logged."


def _where(error: GraphQLError) -> str:
    return "/".join(str(part) for part in error.path or ("operation",))
