"""Request ids, the access log, the header `nosniff`, and the handling of unexpected exceptions.

Every request gets an id, which its log lines and its response carry. An exception that no inner layer handles is
logged with its traceback; the client receives an error without its details.
"""

from __future__ import annotations

import logging
import random
import re
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from server.graphql.errors import ErrorCode
from server.http.errors import error_response
from server.http.request_head import HEAD, add_head
from server.http.response_headers import NO_SNIFF, VARY_ORIGIN
from server.telemetry.log_context import LogContext, log_context
from server.telemetry.truncation import truncate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    OpenExchange = Callable[[Scope, Receive, Send], "Exchange"]

HEADER = b"x-request-id"
_VALID_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
# Requested every few seconds by load balancers and monitoring; logged at DEBUG.
_PROBE_PATHS = frozenset({"/health", "/ready"})
_HEADERS = (NO_SNIFF,)
# Caches must not serve the response to a request with an Origin; CORSMiddleware adds Vary to the responses to those.
_HEADERS_WITHOUT_ORIGIN = (NO_SNIFF, VARY_ORIGIN)
_RESPONSE_START_TYPES = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
_SWITCHING_PROTOCOLS = 101
_OK = 200
_BAD_REQUEST = 400
_FORBIDDEN = 403
CLIENT_CLOSED_REQUEST = 499  # nginx's status for a client that disconnects before the response
_WEBSOCKET_INTERNAL_ERROR = 1011
UPGRADE = "WEBSOCKET"
"""The method of a WebSocket in the access log."""

_random = random.Random()  # noqa: S311 -- ids need not be secret, and this is faster than the system's generator

access_log = logging.getLogger("allotment.access")
error_log = logging.getLogger("allotment.error")


class RequestIdMiddleware:
    """Assigns request ids, writes the access log and responds to unexpected exceptions.

    Place it inside CORS middleware, whose headers let a page read the response to an exception, and outside all other.
    """

    def __init__(self, app: ASGIApp, open_exchange: OpenExchange | None = None) -> None:
        self.app = app
        self._open_exchange = open_exchange or Exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        exchange = self._open_exchange(scope, receive, send)
        token = log_context.set(exchange.log_context)
        try:
            await self.app(scope, receive, exchange.send)
        except ClientDisconnect:
            pass
        except Exception:
            error_log.exception("Unexpected exception")
            if not await exchange.send_internal_error():
                raise  # the server must abort the connection, or a partial response would look complete
        finally:
            exchange.log()
            log_context.reset(token)


class Exchange:
    """One request and its response. Adds the request id, `nosniff` and, to the response for a request that has no
    Origin, the Vary header to the response, and records its status."""

    __slots__ = ("_send", "_status", "headers", "log_context", "receive", "scope", "started_at")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        headers = (scope.get(HEAD) or add_head(scope)).by_name
        request_id = _read_id(scope) if HEADER in headers else None
        self.log_context = LogContext(request_id or generate_request_id())
        is_shared = scope["type"] == "http" and b"origin" not in headers
        self.headers = _HEADERS_WITHOUT_ORIGIN if is_shared else _HEADERS
        self._send = send
        self._status: int | None = None
        self.started_at = perf_counter()

    def send(self, message: Message) -> Awaitable[None]:
        """Forward a message to the server. Add the request id to the headers of the response."""
        message_type = message["type"]
        if message_type == "http.response.body":
            return self._send(message)
        if message_type in _RESPONSE_START_TYPES:
            self._status = message.get("status", _SWITCHING_PROTOCOLS)
            headers = message.get("headers", ())
            if HEADER in dict(headers):
                headers = [each for each in headers if each[0] != HEADER]
            message["headers"] = [*headers, (HEADER, self.log_context.request_id.encode()), *self.headers]
        elif message_type == "websocket.close" and self._status is None:
            self._status = _FORBIDDEN  # the server's response to a handshake that is closed before it is accepted
        return self._send(message)

    async def send_internal_error(self) -> bool:
        """Respond that an internal error occurred; return False if a response has started already."""
        if self._status == _SWITCHING_PROTOCOLS:
            await self.send({"type": "websocket.close", "code": _WEBSOCKET_INTERNAL_ERROR})
        elif self._status is not None:
            return False
        elif self.scope["type"] == "websocket" and "websocket.http.response" not in self.scope.get("extensions", {}):
            await self.send({"type": "websocket.close"})
        else:
            request_id = self.log_context.request_id
            message = f"An internal error occurred. Include the request id {request_id} when you report it."
            response = error_response(500, ErrorCode.INTERNAL, message, requestId=request_id)
            await response(self.scope, self.receive, self.send)
        return True

    def log(self) -> None:
        """Write the access log line. It omits the query string, which may contain a token."""
        scope, status = self.scope, self._status or CLIENT_CLOSED_REQUEST
        log_request(scope.get("method", UPGRADE), scope["path"], self.started_at, status)


def log_request(method: str, path: str, started_at: float, status: int = _OK) -> None:
    """Write the line of a request to the access log. The path has no query string."""
    level = logging.DEBUG if path in _PROBE_PATHS and status < _BAD_REQUEST else logging.INFO
    if not access_log.isEnabledFor(level):
        return
    method, path = truncate(method), truncate(path)
    ms = round((perf_counter() - started_at) * 1000, 1)
    fields = {"method": method, "path": path, "status": status, "ms": ms}
    access_log.log(level, "%s %s %s %s ms", method, path, status, ms, extra=fields)


def _read_id(scope: Scope) -> str | None:
    """Return the id that a proxy sent, if there is exactly one and it is well-formed."""
    ids = [value for name, value in scope["headers"] if name == HEADER]
    if len(ids) == 1 and _VALID_ID.fullmatch(ids[0]):
        return bytes(ids[0]).decode()
    return None


def generate_request_id() -> str:
    """Return a new request id."""
    return _random.getrandbits(128).to_bytes(16, "big").hex()  # the format 032x takes twice as long
