"""Every request gets an id, which its log lines and its response carry, and a line in the access log.

An exception that nothing inside expected ends here too: logged with its traceback, answered without any of it.
"""

from __future__ import annotations

import logging
import re
import secrets
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from server.error_response import error_response
from server.errors import ErrorCode
from server.request_log import RequestRecord, request_record

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{1,128}")
# Probes ask every few seconds; their lines would bury the others.
_PROBES = frozenset({"/health", "/ready", "/metrics"})
_LONGEST_PATH = 256
_FIRST_OF_ANSWER = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
_SWITCHING_PROTOCOLS = 101
_BAD_REQUEST = 400
_FORBIDDEN = 403
_CLIENT_CLOSED = 499  # nginx's word for a request whose client left before any answer
_INTERNAL_ERROR_CLOSE = 1011

access_log = logging.getLogger("allotment.access")
error_log = logging.getLogger("allotment.error")


class RequestIdMiddleware:
    """Belongs around all middleware but CORS: without CORS' headers a browser shows nobody what a 500 says."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        token = request_record.set(exchange.record)
        try:
            await self._serve(exchange)
        finally:
            exchange.log()
            request_record.reset(token)

    async def _serve(self, exchange: _Exchange) -> None:
        try:
            await self.app(exchange.scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            return
        except Exception:
            error_log.exception("Unexpected exception")
            if not await exchange.answer_internal_error():
                raise  # the server must cut the connection, lest half an answer look whole


class _Exchange:
    """One request and its way out, where the response is given the id and its status is noted."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.record = RequestRecord(_request_id(scope))
        self._send = send
        self._status: int | None = None
        self._began = perf_counter()

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message on to the server."""
        if message["type"] in _FIRST_OF_ANSWER:
            self._status = message.get("status", _SWITCHING_PROTOCOLS)
            headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != HEADER]
            message = {**message, "headers": [*headers, (HEADER, self.record.id.encode())]}
        elif message["type"] == "websocket.close" and self._status is None:
            self._status = _FORBIDDEN  # what servers answer to a handshake that is closed before it was accepted
        return self._send(message)

    async def answer_internal_error(self) -> bool:
        """Say that something went wrong, without saying what; False when it is too late for that."""
        if self._status == _SWITCHING_PROTOCOLS:
            await self.send({"type": "websocket.close", "code": _INTERNAL_ERROR_CLOSE})
        elif self._status is not None:
            return False
        elif self.scope["type"] == "websocket" and "websocket.http.response" not in self.scope.get("extensions", {}):
            await self.send({"type": "websocket.close"})
        else:
            message = f"Something went wrong on our side. When you report it, give the request id {self.record.id}."
            response = error_response(500, ErrorCode.INTERNAL, message, requestId=self.record.id)
            await response(self.scope, self.receive, self.send)
        return True

    def log(self) -> None:
        """Write the line of the access log. It has no query string, in which people put tokens."""
        path = self.scope["path"][:_LONGEST_PATH]
        status = self._status or _CLIENT_CLOSED
        level = logging.DEBUG if path in _PROBES and status < _BAD_REQUEST else logging.INFO
        if not access_log.isEnabledFor(level):
            return
        method = self.scope.get("method", "WEBSOCKET")
        ms = round((perf_counter() - self._began) * 1000, 1)
        fields = {"method": method, "path": path, "status": status, "ms": ms}
        access_log.log(level, "%s %s %s %s ms", method, path, status, ms, extra=fields)


def _request_id(scope: Scope) -> str:
    """The id a proxy gave the request, when there is exactly one and it is harmless; else a new one."""
    given = [value for name, value in scope["headers"] if name == HEADER]
    if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]):
        return bytes(given[0]).decode()
    return secrets.token_hex(16)
