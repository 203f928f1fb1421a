"""WebSockets at the level of frames, over TCP."""

import json
import random
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

SUBPROTOCOL = "graphql-transport-ws"
TIMEOUT_SECONDS = 60
TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
INIT = json.dumps({"type": "connection_init"}).encode()


def build_handshake(path: str = "/graphql", **headers: str) -> bytes:
    """Return the head of a handshake."""
    fields = {
        "Host": "localhost",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": SUBPROTOCOL,
    }
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode()


def build_frame(data: bytes, opcode: int = TEXT, *, first_bits: int = 0x80, mask: bytes = b"\0\0\0\0") -> bytes:
    """Return a frame of a client. `first_bits` are FIN and the reserved bits; an empty mask leaves it unmasked."""
    masked = 0x80 if mask else 0
    if len(data) < 126:
        length = bytes([masked | len(data)])
    elif len(data) < 65_536:
        length = bytes([masked | 126]) + struct.pack("!H", len(data))
    else:
        length = bytes([masked | 127]) + struct.pack("!Q", len(data))
    return bytes([first_bits | opcode]) + length + mask + data


class RawSocket:
    """A connection to a server."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._received = b""
        self._is_last = True

    def handshake(self, **headers: str) -> Self:
        """Open a WebSocket."""
        self.send(build_handshake(**headers))
        assert self.read_head().startswith("HTTP/1.1 101 ")
        return self

    def initialize(self, **payload: str) -> Self:
        """Send connection_init, and wait for the response."""
        self.send(build_frame(json.dumps({"type": "connection_init", "payload": payload}).encode()))
        assert self.read_message() == {"type": "connection_ack"}
        return self

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def read_head(self) -> str:
        """Return the head of a response."""
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def read_frame(self) -> tuple[int, bytes]:
        """Return the opcode and the data of the next frame that is no ping. Pings are answered."""
        while True:
            head = self._read(2)
            length = head[1] & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self._read(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._read(8))
            data = self._read(length)
            if head[0] & 0x0F != PING:
                self._is_last = bool(head[0] & 0x80)
                return head[0] & 0x0F, data
            self.send(build_frame(data, PONG))

    def read_message(self) -> Any:
        """Return the next message, which may have several fragments."""
        opcode, data = self.read_frame()
        assert opcode == TEXT, (opcode, data)
        while not self._is_last:
            opcode, part = self.read_frame()
            assert opcode == CONTINUATION, (opcode, part)
            data += part
        return json.loads(data)

    def read_close(self) -> int:
        """Return the code with which the server closes the socket, after any messages, and confirm it."""
        opcode, data = self.read_frame()
        while opcode != CLOSE:
            opcode, data = self.read_frame()
        (code,) = struct.unpack("!H", data[:2])
        with suppress(OSError):  # after an error of the client, the server does not wait
            self.send(build_frame(data[:2], CLOSE))
        return int(code)

    def wait_until_closed(self) -> None:
        """Read until the server has closed the connection."""
        try:
            while self.connection.recv(65_536):
                pass
        except ConnectionResetError:
            pass

    def _read(self, size: int) -> bytes:
        while len(self._received) < size:
            self._receive()
        data, self._received = self._received[:size], self._received[size:]
        return data

    def _receive(self) -> None:
        data = self.connection.recv(65_536)
        if not data:
            raise ConnectionError(f"closed after {self._received!r}")
        self._received += data


@contextmanager
def connect(url: str) -> Iterator[RawSocket]:
    """Open a connection to a server."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS) as connection:
        yield RawSocket(connection)


def random_frames(count: int, seed: int) -> list[bytes]:
    """Return frames of random bytes, and frames with random first bytes."""
    source = random.Random(seed)  # noqa: S311 -- reproducible test data
    frames = [source.randbytes(source.randrange(1, 200)) for _ in range(count)]
    return [frame if index % 2 else bytes([source.randrange(256), 0x85]) + frame for index, frame in enumerate(frames)]
