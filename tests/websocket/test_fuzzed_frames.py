"""Random frames, messages and handshakes: the server closes one socket with the right code. Nothing else notices."""

import json
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from socket import SHUT_WR

import httpx
import psutil
import pytest

from tests.support.server_process import ServerProcess
from tests.websocket.frame_fuzzer import MESSAGE_BYTES, NORMAL, FrameFuzzer, Session
from tests.websocket.raw_socket import CLOSE, PING, TEXT, RawSocket, build_frame, connect

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("ALLOTMENT_SEED", "1"))
WARM_UP_SESSIONS, SESSIONS, HANDSHAKES = 100, 500, 100
SESSIONS_PER_CHECK = 50
MAX_GROWTH_BYTES = 8 * 2**20
MAX_DESCRIPTOR_GROWTH = 5
MESSAGE_TYPES = {"connection_ack", "ping", "pong", "next", "error", "complete"}
TYPENAME = json.dumps({"id": "w", "type": "subscribe", "payload": {"query": "{ __typename }"}}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the demo data, which logs no error."""
    folder = tmp_path_factory.mktemp("fuzzed-websockets")
    settings = {"MAX_WEBSOCKET_MESSAGE_BYTES": str(MESSAGE_BYTES), "MAX_CONNECTIONS_PER_ADDRESS": "1000"}
    with ServerProcess(folder, f"sqlite:///{folder / 'demo.db'}", "--demo", **settings) as process:
        yield process
        assert "Traceback" not in process.output
        assert "ERROR" not in process.output


class Witness:
    """A socket and a client over HTTP that must not notice what others send."""

    def __init__(self, server: ServerProcess, socket: RawSocket, http: httpx.Client) -> None:
        self._process = psutil.Process(server.pid)
        self._socket = socket.handshake().initialize()
        self._http = http

    def check(self) -> None:
        """Execute an operation over both."""
        self._socket.send(build_frame(TYPENAME))
        assert self._socket.read_message()["payload"] == {"data": {"__typename": "Query"}}
        assert self._socket.read_message() == {"id": "w", "type": "complete"}
        response = self._http.post("/graphql", json={"query": "{ __typename }"})
        assert response.json() == {"data": {"__typename": "Query"}}

    def usage(self) -> tuple[int, int]:
        """Return the bytes of memory and the number of descriptors of the server."""
        return self._process.memory_info().rss, self._process.num_fds()


@pytest.fixture
def witness(server: ServerProcess) -> Iterator[Witness]:
    """A witness of what the server does to others."""
    with connect(server.url) as socket, httpx.Client(base_url=server.url, timeout=60) as http:
        yield Witness(server, socket, http)


def test_random_sessions_close_with_the_right_code(server: ServerProcess, witness: Witness) -> None:
    print(f"ALLOTMENT_SEED={SEED}")  # noqa: T201 -- pytest shows it if the test fails
    fuzzer = FrameFuzzer(SEED)
    for number in range(WARM_UP_SESSIONS):
        check_session(server, fuzzer.session(), number)
    memory, descriptors = witness.usage()
    for number in range(SESSIONS):
        check_session(server, fuzzer.session(), number)
        if number % SESSIONS_PER_CHECK == 0:
            witness.check()
    witness.check()
    final_memory, final_descriptors = witness.usage()
    assert final_memory < memory + MAX_GROWTH_BYTES
    assert final_descriptors < descriptors + MAX_DESCRIPTOR_GROWTH


def check_session(server: ServerProcess, session: Session, number: int) -> None:
    """Send what a client sends, and check what it receives, to the end of the connection."""
    with connect(server.url) as socket:
        socket.handshake()
        socket.send(session.data)
        if session.is_truncated:
            socket.connection.shutdown(SHUT_WR)
        elif not session.codes:
            socket.send(build_frame(NORMAL.to_bytes(2), CLOSE))
        code = read_until_close(socket)
        expected: set[int | None] = {*session.codes} or {None if session.is_truncated else NORMAL}
        assert code in expected, (SEED, number, session)
        if code is not None and session.codes:
            socket.send(build_frame(code.to_bytes(2), CLOSE))
            socket.connection.shutdown(SHUT_WR)
        assert socket.connection.recv(1) == b""  # neither more data nor a reset


def read_until_close(socket: RawSocket) -> int | None:
    """Return the code with which the server closes, None if it closes the connection without; check its messages."""
    while True:
        try:
            opcode, data = socket.read_frame()
        except ConnectionError as error:
            assert not isinstance(error, ConnectionResetError)  # noqa: PT017 -- the end of the connection is expected
            return None
        if opcode == CLOSE:
            data[2:].decode()
            return int.from_bytes(data[:2])
        if opcode == TEXT:
            assert json.loads(data)["type"] in MESSAGE_TYPES
        else:
            assert opcode != PING


def test_random_handshakes_get_a_response_or_an_end(server: ServerProcess, witness: Witness) -> None:
    print(f"ALLOTMENT_SEED={SEED}")  # noqa: T201 -- pytest shows it if the test fails
    fuzzer = FrameFuzzer(SEED)
    for _ in range(HANDSHAKES):
        with connect(server.url) as socket:
            socket.send(fuzzer.handshake())
            with suppress(OSError):
                socket.connection.shutdown(SHUT_WR)
            received = b""
            while part := socket.connection.recv(65_536):
                received += part
            assert received == b"" or received.startswith(b"HTTP/1.1 "), (SEED, received)
        if random.Random(received).random() < 0.05:  # noqa: S311 -- now and then
            witness.check()
    witness.check()


def test_sender_of_a_huge_message_receives_the_code(server: ServerProcess, witness: Witness) -> None:
    """The connection is not reset while the client still sends."""
    for size in (500_000, 8_000_000):
        with connect(server.url) as socket:
            socket.handshake().initialize()
            socket.send(build_frame(b" " * size))
            assert socket.read_close() == 1009
            assert socket.connection.recv(1) == b""
        witness.check()


def test_endless_message_is_not_read_forever(server: ServerProcess, witness: Witness) -> None:
    with connect(server.url) as socket:
        socket.handshake()
        socket.send(b"\x82\xff\0\0\0\xff\xff\xff\xff\xff")
        with pytest.raises(OSError):  # noqa: PT011, PT012 -- which one depends on what was being sent
            for _ in range(2000):
                socket.send(b"x" * 65_536)
    witness.check()
