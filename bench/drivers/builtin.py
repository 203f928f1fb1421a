"""A small driver for where there is no wrk. Above some ten thousand requests a second it is the bottleneck itself."""

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
_GRACE = 30


class BuiltIn:
    """Drives from this process."""

    name = "built-in driver"

    def drive(self, port: int, request: Request, connections: int, seconds: int) -> Sample:
        tally = asyncio.run(_drive(port, _raw(request), connections, seconds))
        times = sorted(tally.times) or [0.0]
        return Sample(
            answers=len(tally.times),
            per_second=len(tally.times) / tally.elapsed,
            p50=times[len(times) // 2] * 1000,
            p99=times[len(times) * 99 // 100] * 1000,
            failures=tally.failures,
            bytes_each=tally.bytes / max(len(tally.times), 1),
        )


@dataclass
class _Tally:
    """What all connections saw."""

    deadline: float
    times: list[float] = field(default_factory=list)
    failures: int = 0
    bytes: int = 0
    elapsed: float = 0.0


class _Connection(asyncio.Protocol):
    """Sends the next request when the last one is answered, until the deadline."""

    def __init__(self, raw: bytes, tally: _Tally) -> None:
        self._raw = raw
        self._tally = tally
        self._received = bytearray()
        self._expected = 0
        self._began = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_whole():
            return
        now = time.perf_counter()
        self._tally.times.append(now - self._began)
        self._tally.bytes += len(self._received)
        self._tally.failures += not self._received.startswith(b"HTTP/1.1 200")
        if now < self._tally.deadline:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._tally.failures += time.perf_counter() < self._tally.deadline
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        self._received.clear()
        self._expected = 0
        self._began = time.perf_counter()
        self._transport.write(self._raw)

    def _is_whole(self) -> bool:
        if not self._expected:
            head = self._received.find(_HEAD_END)
            if head < 0:
                return False
            if (length := _LENGTH.search(self._received, 0, head)) is None:
                return self._received.endswith(_LAST_CHUNK)
            self._expected = head + len(_HEAD_END) + int(length[1])
        return len(self._received) >= self._expected


async def _drive(port: int, raw: bytes, connections: int, seconds: int) -> _Tally:
    began = time.perf_counter()
    tally, loop = _Tally(began + seconds), asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: _Connection(raw, tally), HOST, port) for _ in range(connections)]
    await asyncio.wait_for(asyncio.gather(*(protocol.done for _, protocol in made)), seconds + _GRACE)
    tally.elapsed = time.perf_counter() - began
    return tally


def _raw(request: Request) -> bytes:
    fixed = {"host": HOST, "connection": "keep-alive", "content-length": str(len(request.body))}
    headers = {**fixed, **request.headers}
    lines = [f"POST {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + _HEAD_END + request.body
