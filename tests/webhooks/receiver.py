"""An HTTP server that receives deliveries and answers as a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

import orjson
from standardwebhooks import Webhook as Verifier


@dataclass(frozen=True)
class Answer:
    """What the receiver does with a delivery."""

    status: int = 204
    body: bytes = b""
    headers: tuple[str, ...] = ()
    delay: float = 0
    raw: bytes | None = None
    """Bytes to send instead of a response."""

    def encode(self) -> bytes:
        """Return the bytes of the response."""
        if self.raw is not None:
            return self.raw
        headers = "".join(f"{line}\r\n" for line in (*self.headers, f"Content-Length: {len(self.body)}"))
        return f"HTTP/1.1 {self.status} Reason\r\n{headers}\r\n".encode() + self.body


@dataclass(frozen=True)
class Delivery:
    """A delivery that was received."""

    path: str
    headers: dict[str, str]
    text: str

    @property
    def id(self) -> str:
        """The id of the message."""
        return self.headers["webhook-id"]

    @property
    def payload(self) -> Any:
        """The payload."""
        return orjson.loads(self.text)

    @property
    def object_id(self) -> str:
        """The id of the changed object."""
        change: dict[str, Any] = self.payload.get("change") or self.payload["data"]
        return str(change["objectId"])

    def verify(self, secret: str) -> Any:
        """Verify the signature; return the payload."""
        return Verifier(secret).verify(self.text, self.headers)


@dataclass
class Receiver:
    """The server. `answer` is called with each delivery."""

    answer: Callable[[Delivery], Answer] = lambda _: Answer()
    received: list[Delivery] = field(default_factory=list)
    port: int = 0
    running: int = 0
    most_running: int = 0
    """How many deliveries were answered at the same time, at most."""
    scheme: str = "http"

    @property
    def url(self) -> str:
        """The URL of the endpoint."""
        return f"{self.scheme}://127.0.0.1:{self.port}/hooks"

    async def wait_for(self, number: int, seconds: float = 20) -> list[Delivery]:
        """Wait until so many deliveries were received; return them."""
        async with asyncio.timeout(seconds):
            while len(self.received) < number:  # noqa: ASYNC110 -- the server sets no event
                await asyncio.sleep(0.01)
        return self.received

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        try:
            while (delivery := await _read(reader)) is not None:
                self.received.append(delivery)
                self.running += 1
                self.most_running = max(self.running, self.most_running)
                answer = self.answer(delivery)
                try:
                    await asyncio.sleep(answer.delay)
                finally:
                    self.running -= 1
                writer.write(answer.encode())
                await writer.drain()
                if answer.raw is not None:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Delivery | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    request_line, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Delivery(request_line.split(" ")[1], headers, body.decode())


@asynccontextmanager
async def open_receiver(tls: SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Start a receiver on a free port."""
    receiver = Receiver(scheme="http" if tls is None else "https")
    connections: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await receiver.handle(reader, writer)
        except asyncio.CancelledError:
            pass  # asyncio would log the end of the task
        finally:
            connections.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    server.close()
    for task in connections:
        task.cancel()
    await asyncio.gather(*connections, return_exceptions=True)
