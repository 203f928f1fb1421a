"""uvicorn's WebSocket protocol with limits on fragments and slow clients. The application ends it at a shutdown."""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Frame
from websockets.protocol import OPEN

from server.connections.server_config import ServerConfig
from server.connections.unsent_bytes import count_unsent_bytes
from server.websocket.writer import FRAGMENT

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_FRAGMENTS = 1000
"""Of one message. Empty fragments do not count to its size, but occupy memory."""
ABORT_SECONDS = 15
"""How long a client may take to receive the rest and to close, after the application has closed the socket."""
LINGER_SECONDS = 5
"""How long, and how many bytes, to read from a client that is still sending after an error. If the connection were
closed at once, the client's TCP stack would reset it and discard the close frame."""
MAX_DISCARDED_BYTES = 16 * 2**20
SHUTDOWN_CLOSE_SECONDS = 1
SHUTDOWN_RESERVE_SECONDS = 2
"""The part of the time for a shutdown that remains when the operations have ended, but at most half of it."""
SHUTDOWN = "websocket.shutdown"
"""An extension of ASGI: a message that tells the application to close within `seconds`."""


class LimitedWebSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that is closed if the client does not receive in time, or sends too many fragments."""

    config: ServerConfig

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.on_connection_lost: Callable[[], None] | None = None
        self._fragments = 0
        self._unsent_bytes = 0
        self._abort_timer: asyncio.TimerHandle | None = None
        self._is_refused = False
        self._discarded_bytes: int | None = None
        """What the client has sent after an error; None before."""
        self._has_unread_pongs = False
        """Whether nothing more is read because the client does not receive the answers to its pings."""

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        if self.on_connection_lost is not None:
            self.on_connection_lost()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._discarded_bytes is not None:
            self._discard(data)
            return
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._is_refused = True
            self._write_pending()  # the library has prepared a response with the reason
            self.transport.close()

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            cast("dict[str, Any]", self.scope["extensions"]).update({SHUTDOWN: {}, FRAGMENT: {}})

    def handle_ping(self) -> None:
        """Answer. If the client receives too slowly, read no more pings until it has caught up."""
        super().handle_ping()
        if not self.writable.is_set():
            self._has_unread_pongs = True
            self._pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._has_unread_pongs:
            self._has_unread_pongs = False
            if not self.read_paused and not self.transport.is_closing():
                self.transport.resume_reading()

    async def receive(self) -> Any:
        message = await super().receive()  # it may have resumed reading
        if self._has_unread_pongs:
            self._pause_reading()
        return message

    def handle_cont(self, event: Frame) -> None:
        self._fragments += 1
        if self._fragments >= MAX_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"more than {MAX_FRAGMENTS} fragments")
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Pass a complete message to the application, unless its text is not UTF-8."""
        self._fragments = 0
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self._fail(CloseCode.INVALID_DATA, "invalid UTF-8")
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Send the close frame after an error of the client, and wait until the client closes the connection."""
        assert self.conn.close_sent is not None  # noqa: S101 -- for mypy
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self._write_pending()
        self.close_sent = True
        self._discarded_bytes = 0
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)
        if self.transport.is_closing():
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self.read_paused or self._has_unread_pongs:
            self.read_paused = self._has_unread_pongs = False
            self.transport.resume_reading()

    def _discard(self, data: bytes) -> None:
        """Count what the client sends after an error, and close the connection if it is too much."""
        self._discarded_bytes = (self._discarded_bytes or 0) + len(data)
        if self._discarded_bytes > MAX_DISCARDED_BYTES:
            self.transport.close()

    def send_keepalive_ping(self) -> None:
        self._unsent_bytes = count_unsent_bytes(self.transport)
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Close the connection of a client that has not responded to a ping, unless it still reads what precedes the
        ping in the buffers."""
        unsent_bytes = count_unsent_bytes(self.transport)
        needed = self.config.limits.body_rate * (self.ping_timeout or 0)
        if unsent_bytes and unsent_bytes <= self._unsent_bytes - needed:
            self._unsent_bytes = unsent_bytes
            self.pong_timer = self.loop.call_later(self.ping_timeout or 0, self.keepalive_timeout)
        else:
            self.transport.abort()

    def shutdown(self) -> None:
        """Let the application end what runs on the socket, and close it."""
        self.close_timeout = SHUTDOWN_CLOSE_SECONDS
        if not self.handshake_complete or self.close_sent or self.disconnected:
            super().shutdown()
            return
        grace = self.config.timeout_graceful_shutdown or 0
        seconds = grace - min(SHUTDOWN_RESERVE_SECONDS, grace / 2)
        self.queue.put_nowait(cast("Any", {"type": SHUTDOWN, "seconds": seconds}))

    async def send(self, message: Any) -> None:
        if self._discarded_bytes is not None:
            raise ClientDisconnected
        if message["type"] == FRAGMENT:
            await self._send_fragment(message["data"], is_last=not message["more_data"])
            return
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True  # or uvicorn would log that there was no response

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Abort the connection if the client does not receive the rest: it could stay open forever."""
        super().on_task_complete(task)
        if not self.disconnected:
            self._abort_timer = self.loop.call_later(ABORT_SECONDS, self.transport.abort)

    async def _send_fragment(self, data: bytes, *, is_last: bool) -> None:
        await self.writable.wait()
        if self.transport.is_closing():
            raise ClientDisconnected
        try:
            if self.conn.expect_continuation_frame:
                self.conn.send_continuation(data, is_last)
            else:
                self.conn.send_text(data, is_last)
        except InvalidState:
            raise ClientDisconnected from None
        self._write_pending()

    def _fail(self, code: CloseCode, reason: str) -> None:
        """Close the connection because of an error of the client."""
        self.frames = []
        if self.conn.state is OPEN:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def _pause_reading(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def _write_pending(self) -> None:
        """Write what the connection has to send, unless the client has disconnected."""
        if not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
