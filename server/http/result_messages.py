"""The messages with the result of an operation, over WebSocket and in streams over HTTP."""

from typing import Any, Protocol

from executor import ResponseTooLarge
from server.graphql.errors import ErrorCode
from server.graphql.outcome import Outcome, PartlyEncodedResult, refuse
from server.graphql.response_body import build_response_body, omit_payloads
from server.graphql.response_encoding import encode_in_pieces, encode_json
from server.http.overloaded import OVERLOAD_RETRY_SECONDS, Overloaded
from server.http.request import HttpRequest
from server.http.request_memory import UNCOUNTED_BYTES, RequestMemory
from server.telemetry.log_context import current_log_context


class MessageFormat(Protocol):
    """The JSON in which a transport sends results and errors."""

    def wrap_result(self, entries: dict[str, Any]) -> dict[str, Any]:
        """Return the message with the entries of a result."""

    def wrap_errors(self, errors: list[Any]) -> dict[str, Any]:
        """Return the message that ends an operation with errors, instead of a result."""


_STATUSES = {
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.ABORTED: 503,
    ErrorCode.INTERNAL: 500,
}
"""Of operations that were not executed, by the code of their error. Others have the status 400."""


class ResultMessage:
    """An encoded message. `ends_operation` is true of errors, after which no `complete` follows. `status` is that of a
    response over HTTP, for the access log."""

    __slots__ = ("ends_operation", "pieces", "size", "status")

    def __init__(self, pieces: list[bytes], *, ends_operation: bool, status: int = 200) -> None:
        self.pieces = pieces
        self.ends_operation = ends_operation
        self.size = sum(map(len, pieces))
        self.status = status


class ResultEncoder:
    """Encodes results, in reserved memory if they are large."""

    def __init__(self, max_bytes: int, memory: RequestMemory) -> None:
        self._max_bytes = max_bytes
        self._memory = memory

    async def encode(
        self,
        message_format: MessageFormat,
        outcome: Outcome,
        request: HttpRequest,
        extensions: dict[str, Any],
        *,
        has_written: bool,
    ) -> ResultMessage:
        """Encode the result. A result that is too large is replaced by an error."""
        entries, is_request_error = build_response_body(outcome.result)
        if is_request_error:
            return encode_errors(message_format, entries["errors"])
        if extensions:
            entries["extensions"] = extensions
        try:
            is_large = isinstance(outcome.result, PartlyEncodedResult)
            pieces = await self._encode(message_format.wrap_result(entries), is_large=is_large)
            size = sum(map(len, pieces))
            if size > UNCOUNTED_BYTES:
                request.reserve(self._memory, size)
            return ResultMessage(pieces, ends_operation=False)
        except (ResponseTooLarge, Overloaded) as error:
            return _replace(message_format, entries, error, has_written=has_written)

    async def _encode(self, message: dict[str, Any], *, is_large: bool) -> list[bytes]:
        if is_large:
            return await encode_in_pieces(message, self._max_bytes)
        encoded = encode_json(message)
        if len(encoded) > self._max_bytes:
            raise ResponseTooLarge(len(encoded), self._max_bytes)
        return [encoded]


def encode_errors(message_format: MessageFormat, errors: list[Any]) -> ResultMessage:
    """Encode the message that ends an operation that was not executed."""
    status = max(_STATUSES.get(error["extensions"]["code"], 400) for error in errors)
    encoded = encode_json(message_format.wrap_errors(errors))
    return ResultMessage([encoded], ends_operation=True, status=status)


def describe_error(code: ErrorCode, message: str, **extensions: str | int) -> dict[str, Any]:
    """Return a top-level error."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def describe_internal_error() -> dict[str, Any]:
    """Return the error for an unexpected exception, which was logged with the id of the request."""
    log_context = current_log_context()
    request_id = log_context.request_id if log_context else "unknown"
    return describe_error(
        ErrorCode.INTERNAL,
        f"An internal error occurred and was logged. Request id: {request_id}.",
        requestId=request_id,
    )


def describe_overload(message: str) -> dict[str, Any]:
    """Return the error of an operation for which there is no capacity at present."""
    return describe_error(ErrorCode.UNAVAILABLE, message, retryAfter=OVERLOAD_RETRY_SECONDS)


def describe_too_many_operations(limit: int) -> dict[str, Any]:
    """Return the error of an operation beyond the limit of its WebSocket."""
    message = f"{limit} operations run on this WebSocket (MAX_WEBSOCKET_OPERATIONS). Complete one of them first."
    return describe_error(ErrorCode.RATE_LIMITED, message, retryAfter=OVERLOAD_RETRY_SECONDS)


def _replace(
    message_format: MessageFormat, entries: dict[str, Any], error: Exception, *, has_written: bool
) -> ResultMessage:
    """Return what is sent instead of a result for which there is no memory."""
    if has_written and entries.get("data") is not None:
        replaced = omit_payloads(entries, error)
        if "extensions" in entries:
            replaced["extensions"] = entries["extensions"]
        return ResultMessage([encode_json(message_format.wrap_result(replaced))], ends_operation=False)
    if isinstance(error, Overloaded):
        return encode_errors(message_format, [describe_overload(str(error))])
    return encode_errors(message_format, build_response_body(refuse(error)).entries["errors"])
