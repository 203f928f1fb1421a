"""The responses to requests and connections that exceed a limit. The connection is closed after each of them."""

from dataclasses import dataclass
from typing import Any

from server.config.connection_limits import ConnectionLimits
from server.graphql.errors import ErrorCode
from server.http.body_limit import DRAIN_SECONDS, respond_and_drain
from server.http.errors import error_response
from server.http.response_headers import NO_SNIFF

CONNECTIONS_RETRY_SECONDS = 5
"""When clients should try again if all connections are in use."""
SHORT_DRAIN_SECONDS = 2
"""How long to read from clients that were refused because of their number or slowness."""


@dataclass(frozen=True)
class Refusal:
    """An ASGI application that responds with an error and closes the connection."""

    status: int
    message: str
    code: ErrorCode = ErrorCode.BAD_USER_INPUT
    drain_seconds: float = DRAIN_SECONDS

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        headers: dict[str, str] = {"Connection": "close"}
        extensions: dict[str, Any] = {}
        if self.code is ErrorCode.UNAVAILABLE:
            headers["Retry-After"] = str(CONNECTIONS_RETRY_SECONDS)
            extensions["retryAfter"] = CONNECTIONS_RETRY_SECONDS
        response = error_response(self.status, self.code, self.message, headers=headers, **extensions)
        response.raw_headers.append(NO_SNIFF)
        await respond_and_drain(response, receive, send, self.drain_seconds)


MALFORMED = Refusal(400, "The request is not valid HTTP.")


def url_too_long(limits: ConnectionLimits) -> Refusal:
    return Refusal(414, f"The request's URL is longer than {limits.url_bytes} bytes (MAX_URL_BYTES). Send a POST.")


def headers_too_large(limits: ConnectionLimits) -> Refusal:
    return Refusal(
        431,
        f"The request's headers are larger than {limits.header_bytes} bytes (MAX_HEADER_BYTES). Trailers count too.",
    )


def too_many_headers(limits: ConnectionLimits) -> Refusal:
    return Refusal(431, f"The request has more than {limits.headers} headers (MAX_HEADERS). Trailers count too.")


def framing_too_large(limits: ConnectionLimits) -> Refusal:
    return Refusal(
        431,
        f"The trailers or chunk extensions of the request are larger than {limits.header_bytes} bytes "
        "(MAX_HEADER_BYTES).",
    )


def head_too_slow(limits: ConnectionLimits) -> Refusal:
    message = f"The request's headers did not arrive within {limits.header_timeout:g} seconds (HEADER_TIMEOUT)."
    return Refusal(408, message, drain_seconds=SHORT_DRAIN_SECONDS)


def body_too_slow(limits: ConnectionLimits) -> Refusal:
    message = (
        f"The request's body did not arrive within {limits.body_timeout:g} seconds (BODY_TIMEOUT), "
        f"nor at {limits.body_rate} bytes per second (MIN_BODY_RATE)."
    )
    return Refusal(408, message, drain_seconds=SHORT_DRAIN_SECONDS)


def too_many_connections(limit: int, setting: str) -> Refusal:
    message = f"All {limit} connections ({setting}) are in use. Try again later."
    return Refusal(503, message, ErrorCode.UNAVAILABLE, SHORT_DRAIN_SECONDS)
