"""TCP connections to a server, to send requests that HTTP clients do not send."""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from types import TracebackType
from typing import Any, Self

HANG_SECONDS = 60
"""A bound that only catches a hang."""


@dataclass(frozen=True)
class RawResponse:
    """A complete response."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def error(self) -> str:
        """Return the code and the message of the only error."""
        (error,) = self.body["errors"]
        return f"{error['extensions']['code']}: {error['message']}"


class RawConnection:
    """A connection, closed at the end of the block."""

    def __init__(self, url: str, source: str = "127.0.0.1", receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(HANG_SECONDS)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", int(url.rpartition(":")[2])))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send data; ignore that the server closes the connection meanwhile."""
        with suppress(ConnectionError):
            self.socket.sendall(data)

    def response(self) -> RawResponse:
        """Read the next response."""
        response = HTTPResponse(_UnclosedSocket(self.socket))  # type: ignore[arg-type]
        response.begin()
        content = response.read()
        return RawResponse(response.status, {k.lower(): v for k, v in response.getheaders()}, json.loads(content))

    def get(self, path: str = "/health") -> RawResponse:
        """Send a request without a body, and read the response."""
        self.send(request(path))
        return self.response()

    def wait_until_closed(self) -> bytes:
        """Read until the server closes the connection."""
        received = b""
        with suppress(ConnectionError):
            while data := self.socket.recv(65_536):
                received += data
        return received


class _UnclosedSocket:
    """Reads one byte at a time, so that the bytes of the next response remain in the socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def makefile(self, _mode: str) -> Any:
        return self._connection.makefile("rb", buffering=0)


def request(path: str = "/health", *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    """Build a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: allotment.test", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def graphql_request(document: str, *headers: str) -> bytes:
    """Build a GraphQL request."""
    body = json.dumps({"query": document}).encode()
    return request("/graphql", "Content-Type: application/json", *headers, method="POST", body=body)
