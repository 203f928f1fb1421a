"""A bound on the bytes a request's body may have, so that nobody fills the memory of a process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from server.error_response import error_response
from server.errors import ErrorCode

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# How long, and for how much, a refused client is listened to. Hanging up on one that is still sending would cost it
# the answer: its system throws away what it has not read yet.
_PATIENCE_SECONDS = 10
_PATIENCE_BYTES = 16 * 1024 * 1024


class BodyLimitMiddleware:
    """Answers 413 to a body of more than `max_bytes`, by what its Content-Length says or as soon as it has come."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = _announced(scope) if scope["type"] == "http" else 0
        if announced is None:
            await _Measured(scope, receive, send, self.max_bytes).serve(self.app)
        elif announced > self.max_bytes:
            await _refuse(self.max_bytes, receive, send)
        else:
            await self.app(scope, receive, send)


class _Measured:
    """One request whose body is counted while the application reads it. Nothing of it is kept here.

    Once it is too large the application is told that the client has left, which stops any reader; whatever it would
    answer then is replaced by the 413. An answer that had begun before is let finish.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, max_bytes: int) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._max_bytes = max_bytes
        self._read = 0
        self._answering = False

    @property
    def _refused(self) -> bool:
        return self._read > self._max_bytes and not self._answering

    async def serve(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._receive_some, self._send_some)
        except Exception:
            if not self._refused:
                raise
        if self._refused:
            await _refuse(self._max_bytes, self._receive, self._send)

    async def _receive_some(self) -> Message:
        if self._read > self._max_bytes:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._read += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self._read > self._max_bytes else message

    async def _send_some(self, message: Message) -> None:
        if not self._refused:
            self._answering = True
            await self._send(message)


def _announced(scope: Scope) -> int | None:
    """The length the request says it has, which servers hold it to; None when it does not say, or says nonsense."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    return int(length) if length.isdigit() and b"transfer-encoding" not in headers else None


async def _refuse(max_bytes: int, receive: Receive, send: Send) -> None:
    """Answer at once, then hang up slowly: many clients look for an answer only when they have sent everything."""
    message = f"The request's body is larger than {max_bytes} bytes."
    response = error_response(413, ErrorCode.BAD_USER_INPUT, message, headers={"Connection": "close"})
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _discard(receive)
    await send({"type": "http.response.body", "body": b""})


async def _discard(receive: Receive) -> None:
    discarded = 0
    while discarded <= _PATIENCE_BYTES:
        message = await receive()
        discarded += len(message.get("body", b""))
        if not message.get("more_body", False):
            return
