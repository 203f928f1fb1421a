"""Many WebSockets with one subscription each, in one process that does as little as possible for each result."""

import asyncio
import base64
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from bench.requests import HOST

_NEXT, _ACK = b'"type":"next"', b'"connection_ack"'
TIMEOUT_SECONDS = 120
_MASK = b"\0\0\0\0"
_SHORT, _TWO_BYTES, _EIGHT_BYTES = 126, 126, 127
_TEXT = 0x81
_OPCODE_BITS, _CLOSE, _PING, _PONG = 0x0F, 0x8, 0x9, 0xA


def encode_frame(message: Any) -> bytes:
    """Encode a message of a client. With a mask of zeros, the payload is unchanged."""
    payload = orjson.dumps(message)
    size = len(payload)
    if size < _SHORT:
        return bytes([_TEXT, 0x80 | size]) + _MASK + payload
    return bytes([_TEXT, 0x80 | _TWO_BYTES]) + size.to_bytes(2, "big") + _MASK + payload


class Subscriber(asyncio.Protocol):
    """One WebSocket. It notes when each result has arrived."""

    def __init__(self, headers: Mapping[str, str], query: str) -> None:
        self.received_at: list[float] = []
        self.acknowledged = asyncio.Event()
        self.is_lost = False
        self.close_code: int | None = None
        """With which the server has closed the WebSocket."""
        self._headers = headers
        self._query = query
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /graphql HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )
        transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._buffer += data
        if self._buffer.startswith(b"HTTP/1.1"):
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(head.decode())
            self._buffer = rest
            self._transport.write(encode_frame({"type": "connection_init", "payload": dict(self._headers)}))
        while (frame := self._next_frame()) is not None:
            self._handle(*frame, now)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 -- a callback
        self.is_lost = True

    def close(self) -> None:
        """Close the connection without a handshake."""
        self._transport.abort()

    def _handle(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == _CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big")
            self._transport.close()
        elif opcode == _PING:
            self._transport.write(bytes([0x80 | _PONG, 0x80 | len(payload)]) + _MASK + payload)
        elif _NEXT in payload:
            self.received_at.append(now)
        elif _ACK in payload:
            self._transport.write(encode_frame({"id": "1", "type": "subscribe", "payload": {"query": self._query}}))
            self.acknowledged.set()
        else:
            raise RuntimeError(payload.decode())

    def _next_frame(self) -> tuple[int, bytes] | None:
        """Return the opcode and the payload of the next frame, which has no mask; None if it has not arrived."""
        buffer = self._buffer
        if len(buffer) < 2:  # noqa: PLR2004 -- the shortest frame
            return None
        size, start = buffer[1], 2
        if size >= _TWO_BYTES:
            start += 2 if size == _TWO_BYTES else 8
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return None
        self._buffer = buffer[start + size :]
        return buffer[0] & _OPCODE_BITS, buffer[start : start + size]


async def open_subscribers(port: int, count: int, headers: Mapping[str, str], query: str) -> list[Subscriber]:
    """Open so many WebSockets, and subscribe on each."""
    loop, subscribers = asyncio.get_running_loop(), []
    for _ in range(count):
        _, subscriber = await loop.create_connection(lambda: Subscriber(headers, query), HOST, port)
        await subscriber.acknowledged.wait()
        subscribers.append(subscriber)
    return subscribers


async def wait_for_results(subscribers: Sequence[Subscriber], count: int) -> None:
    """Wait until each subscriber has received so many results."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        for subscriber in subscribers:
            while len(subscriber.received_at) < count:
                if subscriber.is_lost:
                    raise RuntimeError("The server has closed a WebSocket.")
                await asyncio.sleep(0.001)
