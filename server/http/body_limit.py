"""A limit on the size of a request's body, so that no client can exhaust the memory of a process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from server.graphql.errors import ErrorCode
from server.http.errors import error_response
from server.http.request_head import HEAD, add_head

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# How long, and how many bytes, to read from a rejected client that is still sending. If the connection were closed at
# once, the client's TCP stack would reset it and discard the response.
DRAIN_SECONDS = 10
_MAX_DRAINED_BYTES = 16 * 1024 * 1024
# More digits are ignored: the number is too large anyway, and `int` raises an exception for thousands of them.
_MAX_LENGTH_DIGITS = 20


class BodyLimitMiddleware:
    """Responds 413 if Content-Length exceeds `max_bytes` or, without this header, when more bytes are received."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        length = _content_length(scope) if scope["type"] == "http" else 0
        if length is None:
            return _CountedRequest(scope, receive, send, self.max_bytes).serve(self.app)
        if length > self.max_bytes:
            return _reject(self.max_bytes, receive, send)
        return self.app(scope, receive, send)


class _CountedRequest:
    """A request whose body is counted, not buffered, while the application reads it.

    When the body exceeds the limit, the application receives `http.disconnect`, which stops any reader, and its
    response is replaced by the 413. A response that has already started is completed.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, max_bytes: int) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._max_bytes = max_bytes
        self._received_bytes = 0
        self._response_started = False

    @property
    def _is_rejected(self) -> bool:
        return self._received_bytes > self._max_bytes and not self._response_started

    async def serve(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._counting_receive, self._guarded_send)
        except Exception:
            if not self._is_rejected:
                raise
        if self._is_rejected:
            await _reject(self._max_bytes, self._receive, self._send)

    async def _counting_receive(self) -> Message:
        if self._received_bytes > self._max_bytes:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._received_bytes += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self._received_bytes > self._max_bytes else message

    async def _guarded_send(self, message: Message) -> None:
        if not self._is_rejected:
            self._response_started = True
            await self._send(message)


def _content_length(scope: Scope) -> int | None:
    """Return the Content-Length, which the ASGI server enforces; None if it is missing, malformed or overridden."""
    head = scope.get(HEAD) or add_head(scope)
    length = head.content_length(scope["headers"])
    has_length = length.isdigit() and b"transfer-encoding" not in head.by_name
    if has_length and len(length) < _MAX_LENGTH_DIGITS:
        return int(length)
    if not has_length:
        return None
    return int(length.lstrip(b"0")[:_MAX_LENGTH_DIGITS] or b"0")


async def _reject(max_bytes: int, receive: Receive, send: Send) -> None:
    message = f"The request's body is larger than {max_bytes} bytes."
    response = error_response(413, ErrorCode.BAD_USER_INPUT, message, headers={"Connection": "close"})
    await respond_and_drain(response, receive, send, DRAIN_SECONDS)


async def respond_and_drain(response: Response, receive: Receive, send: Send, seconds: float) -> None:
    """Send the response, then drain the body: many clients read the response only after they have sent everything."""
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _drain(receive)
    await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive) -> None:
    drained_bytes = 0
    while drained_bytes <= _MAX_DRAINED_BYTES:
        message = await receive()
        drained_bytes += len(message.get("body", b""))
        if not message.get("more_body", False):
            return
