"""Top-level errors as clients receive them: each with a code; unexpected exceptions are masked and logged."""

import logging
from enum import StrEnum

from graphql import GraphQLError, GraphQLFormattedError
from strawberry.exceptions import StrawberryGraphQLError

from database.abort import RequestAborted, StatementTimeout
from database.authentication import MissingScope
from database.outage import CommitResultUnknown, describe_outage, is_outage
from executor import ExecutionStopped, ResponseTooLarge
from queries.calendar_units import UnknownTimeZone
from server.graphql.cost_limit import CostExceeded
from server.graphql.persisted_documents import DocumentNotFound, DocumentNotRegistered, PersistedDocumentsOff
from server.telemetry.log_context import current_log_context
from server.telemetry.truncation import truncate
from services.core.errors import (
    BadInput,
    ConfirmationRequired,
    Conflict,
    CursorExpired,
    Forbidden,
    IssuerUnavailable,
    OperationRolledBack,
    RateLimited,
    SecondFactorMissing,
    Unauthenticated,
)

logger = logging.getLogger("allotment.graphql")


class ErrorCode(StrEnum):
    """`extensions.code` of a top-level error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    RATE_LIMITED = "RATE_LIMITED"
    COST_EXCEEDED = "COST_EXCEEDED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    UNAVAILABLE = "UNAVAILABLE"
    ABORTED = "ABORTED"
    INTERNAL = "INTERNAL"


_CODES: dict[type[BaseException], ErrorCode] = {
    Unauthenticated: ErrorCode.UNAUTHENTICATED,
    Forbidden: ErrorCode.FORBIDDEN,
    ConfirmationRequired: ErrorCode.FORBIDDEN,
    SecondFactorMissing: ErrorCode.FORBIDDEN,
    MissingScope: ErrorCode.FORBIDDEN,
    BadInput: ErrorCode.BAD_USER_INPUT,
    UnknownTimeZone: ErrorCode.BAD_USER_INPUT,
    Conflict: ErrorCode.CONFLICT,
    CursorExpired: ErrorCode.CURSOR_EXPIRED,
    RateLimited: ErrorCode.RATE_LIMITED,
    CostExceeded: ErrorCode.COST_EXCEEDED,
    IssuerUnavailable: ErrorCode.UNAVAILABLE,
    RequestAborted: ErrorCode.ABORTED,
    StatementTimeout: ErrorCode.ABORTED,
    OperationRolledBack: ErrorCode.ABORTED,
    DocumentNotFound: ErrorCode.PERSISTED_QUERY_NOT_FOUND,
    PersistedDocumentsOff: ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
    DocumentNotRegistered: ErrorCode.PERSISTED_QUERY_NOT_FOUND,
}
OUTAGE_RETRY_SECONDS = 2
"""When clients should try again during an outage of the database."""
_TRY_AGAIN = "The database is currently unavailable. Try again later."
_RESULT_UNKNOWN = (
    "The connection to the database was lost during the commit: it is unknown whether this mutation was performed. "
    "If it was sent with an Idempotency-Key, it is safe to send it again with the same key."
)


def format_error(error: GraphQLError) -> GraphQLFormattedError:
    """Return the error with its code. Mask and log an unexpected exception."""
    original = original_error(error)
    code = find_code(original)
    if original is None:
        return _with_code(error, code)
    if isinstance(original, RecursionError):
        return _with_code(error, code, "The operation is nested too deeply.")
    if isinstance(original, ExecutionStopped):
        return _with_code(error, code, _describe_stop(original))
    if code is ErrorCode.UNAVAILABLE and not isinstance(original, IssuerUnavailable):
        return _format_outage(error, original)
    if code is ErrorCode.INTERNAL:
        return _mask(error, original)
    formatted = _with_code(error, code)
    if isinstance(original, RateLimited | IssuerUnavailable):
        formatted["extensions"]["retryAfter"] = original.retry_after
    elif isinstance(original, Forbidden):
        formatted["extensions"] |= original.extensions
    elif isinstance(original, CostExceeded):
        formatted["extensions"] |= {"requested": original.requested, "limit": original.limit}
    return formatted


def find_code(original: BaseException | None) -> ErrorCode:
    """Return the code of an error by the exception that it wraps, if any."""
    if original is None or isinstance(original, GraphQLError | StrawberryGraphQLError | RecursionError):
        return ErrorCode.BAD_USER_INPUT
    if isinstance(original, ExecutionStopped):
        return ErrorCode.COST_EXCEEDED
    if is_outage(original):
        return ErrorCode.UNAVAILABLE
    return _CODES.get(type(original), ErrorCode.INTERNAL)


def format_performed(root_field: str, reason: Exception, *, is_only: bool) -> GraphQLFormattedError:
    """Return the error of a mutation that was performed, but whose payload cannot be sent for this reason. If it is not
    the only one of its operation, its payload may have contained user errors."""
    description = _describe_stop(reason) if isinstance(reason, ExecutionStopped) else str(reason)
    condition = "" if is_only else ", unless it was rejected with user errors"
    message = f"The mutation was performed{condition}. Its payload was omitted: {description}"
    return {"message": message, "path": [root_field], "extensions": {"code": ErrorCode.COST_EXCEEDED.value}}


def _describe_stop(error: ExecutionStopped) -> str:
    if isinstance(error, ResponseTooLarge):
        return (
            f"The response has more than {error.limit:,} bytes, the limit MAX_RESPONSE_BYTES; "
            f"it was stopped at {error.size:,} bytes. Request fewer objects or fields."
        )
    return f"{error} Correct the fields that fail, or request fewer objects."


def original_error(error: GraphQLError) -> Exception | None:
    """Return the innermost exception that GraphQL errors wrap."""
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    return original


def _with_code(error: GraphQLError, code: ErrorCode, message: str | None = None) -> GraphQLFormattedError:
    """Return the error with this code; `message` replaces its own."""
    formatted = error.formatted
    formatted["message"] = message or error.message
    formatted["extensions"] = {**formatted.get("extensions", {}), "code": code.value}
    return formatted


def _format_outage(error: GraphQLError, original: Exception) -> GraphQLFormattedError:
    """Log an outage of the database in one line: a traceback per request would say nothing more."""
    logger.error("%s failed, the database is unavailable: %s", _path_of(error), describe_outage(original))
    is_unknown = isinstance(original, CommitResultUnknown)
    formatted = _with_code(error, ErrorCode.UNAVAILABLE, _RESULT_UNKNOWN if is_unknown else _TRY_AGAIN)
    formatted["extensions"]["retryAfter"] = OUTAGE_RETRY_SECONDS
    if is_unknown:
        formatted["extensions"]["resultUnknown"] = True
    return formatted


def _mask(error: GraphQLError, original: Exception) -> GraphQLFormattedError:
    """Log the exception, and return an error with the request id instead of its details."""
    log_context = current_log_context()
    request_id = log_context.request_id if log_context else "unknown"
    logger.error("%s failed", _path_of(error), exc_info=original)
    message = f"An internal error occurred and was logged. Request id: {request_id}."
    formatted = _with_code(error, ErrorCode.INTERNAL, message)
    formatted["extensions"]["requestId"] = request_id
    return formatted


def _path_of(error: GraphQLError) -> str:
    return truncate("/".join(str(key) for key in error.path or ("operation",)))
