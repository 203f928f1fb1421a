"""Responses of /mcp that precede the protocol: errors of JSON-RPC with a status of HTTP."""

from typing import Any

from starlette.responses import JSONResponse, Response

from server.graphql.errors import ErrorCode
from server.http.refusals import Refusal
from server.http.response_headers import NO_STORE

PARSE_ERROR, INVALID_REQUEST, SERVER_ERROR = -32700, -32600, -32000
"""Codes of JSON-RPC."""
_CHALLENGE = 'Bearer realm="allotment"'


def error_response(
    status: int,
    code: ErrorCode,
    message: str,
    *,
    rpc_code: int = SERVER_ERROR,
    headers: dict[str, str] | None = None,
    **extensions: Any,
) -> Response:
    """Build a response with an error of JSON-RPC. It names no request: the request was not performed."""
    data = {"code": code.value, **extensions}
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": rpc_code, "message": message, "data": data}}
    response = JSONResponse(body, status, headers)
    response.raw_headers.append(NO_STORE)
    return response


def build_refusal(refusal: Refusal) -> Response:
    """Build the response to a request that is not executed."""
    status, code, message, headers, seconds = refusal
    if seconds is not None:
        return error_response(status, code, message, headers={"Retry-After": str(seconds)}, retryAfter=seconds)
    rpc_code = INVALID_REQUEST if code is ErrorCode.BAD_USER_INPUT else SERVER_ERROR
    return error_response(status, code, message, rpc_code=rpc_code, headers=headers)


def unauthenticated_response(auth_error: str | None) -> Response:
    """Build the response to a request without credentials, or with rejected ones (RFC 6750)."""
    challenge = _CHALLENGE
    if auth_error is not None:
        description = auth_error.encode("ascii", "ignore").decode().replace('"', "'").replace("\\", "")
        challenge += f', error="invalid_token", error_description="{description}"'
    message = auth_error or "Send an API key or an access token as `Authorization: Bearer …`."
    return error_response(401, ErrorCode.UNAUTHENTICATED, message, headers={"WWW-Authenticate": challenge})
