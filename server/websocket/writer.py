"""Sending over a WebSocket: one message after the other, and a limit on those that wait for a slow client."""

from asyncio import Lock
from collections.abc import Callable

from starlette.types import Send

from server.http.encoded_response import MAX_SENT_BYTES
from server.websocket.close import CloseCode, CloseSocket

FRAGMENT = "websocket.send.fragment"
"""An extension of ASGI: sends the `data` of a fragment of a text; `more_data` is false of the last one."""


class SocketWriter:
    """Sends the messages of one WebSocket. `request_close` is called if the client has gone (with None) or is slow."""

    def __init__(
        self,
        send: Send,
        max_unsent_bytes: int,
        request_close: Callable[[CloseSocket | None], None],
        *,
        sends_fragments: bool = False,
    ) -> None:
        self._send = send
        self._sends_fragments = sends_fragments
        self._max_unsent_bytes = max_unsent_bytes
        self._request_close = request_close
        self._lock = Lock()
        self._unsent_bytes = 0
        self._is_closed = False

    async def send(self, pieces: list[bytes]) -> None:
        """Send a message of UTF-8 when the earlier ones are sent; do nothing if the socket is closed."""
        if self._unsent_bytes > self._max_unsent_bytes:
            message = f"More than {self._max_unsent_bytes} bytes wait for the client (MAX_WEBSOCKET_UNSENT_BYTES)"
            self._request_close(CloseSocket(CloseCode.TRY_AGAIN_LATER, message))
            return
        size = sum(map(len, pieces))
        self._unsent_bytes += size
        try:
            async with self._lock:
                if not self._is_closed:
                    await self._write(pieces, size)
        except OSError:  # the client has disconnected
            self._request_close(None)
        finally:
            self._unsent_bytes -= size

    async def _write(self, pieces: list[bytes], size: int) -> None:
        """Send a message. A large one is sent in fragments, each when the client has received enough of those before:
        one text would be copied several times in one step."""
        if size <= MAX_SENT_BYTES or not self._sends_fragments:
            await self._send({"type": "websocket.send", "text": b"".join(pieces).decode()})
            return
        for piece in pieces:
            for start in range(0, len(piece), MAX_SENT_BYTES):
                part = piece if len(piece) <= MAX_SENT_BYTES else piece[start : start + MAX_SENT_BYTES]
                await self._send({"type": FRAGMENT, "data": part, "more_data": True})
        await self._send({"type": FRAGMENT, "data": b"", "more_data": False})

    async def close(self, close: CloseSocket) -> None:
        """Close the socket after the message that is being sent. Those that wait are dropped."""
        self._is_closed = True
        try:
            async with self._lock:
                await self._send({"type": "websocket.close", "code": int(close.code), "reason": close.reason})
        except OSError:
            self._request_close(None)
