"""The driver for machines without wrk. It is the bottleneck above about ten thousand requests per second."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Any

from bench.drivers.sample import Sample
from bench.requests import HOST, Request

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_GRACE_SECONDS = 30


class BuiltInDriver:
    """Sends the requests from this process."""

    name = "built-in driver"

    def drive(self, port: int, request: Request, connections: int, seconds: int) -> Sample:
        counts = asyncio.run(_drive(port, _encode(request), connections, seconds))
        times = sorted(counts.times) or [0.0]
        return Sample(
            responses=len(counts.times),
            per_second=len(counts.times) / counts.elapsed,
            p50=times[len(times) // 2] * 1000,
            p99=times[len(times) * 99 // 100] * 1000,
            failures=counts.failures,
            bytes_per_response=counts.bytes / max(len(counts.times), 1),
        )


@dataclass
class _Counts:
    """Counts of all connections."""

    deadline: float
    times: list[float] = field(default_factory=list)
    failures: int = 0
    bytes: int = 0
    elapsed: float = 0.0


class _Connection(asyncio.Protocol):
    """Sends the next request after the response to the previous one, until the deadline."""

    def __init__(self, request: bytes, counts: _Counts) -> None:
        self._request = request
        self._counts = counts
        self._received = bytearray()
        self._expected = 0
        self._sent_at = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_complete():
            return
        now = time.perf_counter()
        self._counts.times.append(now - self._sent_at)
        self._counts.bytes += len(self._received)
        self._counts.failures += not self._received.startswith(b"HTTP/1.1 200")
        if now < self._counts.deadline:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._counts.failures += time.perf_counter() < self._counts.deadline
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        self._received.clear()
        self._expected = 0
        self._sent_at = time.perf_counter()
        self._transport.write(self._request)

    def _is_complete(self) -> bool:
        if not self._expected:
            head = self._received.find(_HEAD_END)
            if head < 0:
                return False
            if (length := _LENGTH.search(self._received, 0, head)) is None:
                return self._received.endswith(_LAST_CHUNK)
            self._expected = head + len(_HEAD_END) + int(length[1])
        return len(self._received) >= self._expected


async def _drive(port: int, request: bytes, connections: int, seconds: int) -> _Counts:
    start = time.perf_counter()
    counts, loop = _Counts(start + seconds), asyncio.get_running_loop()
    connected = [
        await loop.create_connection(lambda: _Connection(request, counts), HOST, port) for _ in range(connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(protocol.done for _, protocol in connected)), seconds + _GRACE_SECONDS)
    counts.elapsed = time.perf_counter() - start
    return counts


def _encode(request: Request) -> bytes:
    fixed = {"host": HOST, "connection": "keep-alive", "content-length": str(len(request.body))}
    headers = {**fixed, **request.headers}
    lines = [f"POST {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + _HEAD_END + request.body
