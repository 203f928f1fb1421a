"""WebSockets of a real server: frames, handshakes, slow and dead clients. Malformed data affect one socket only."""

import json
from collections.abc import Iterator
from socket import SHUT_WR

import pytest

from server.connections.websocket_protocol import MAX_FRAGMENTS
from tests.harness.processes import wait_until
from tests.support.server_process import ServerProcess
from tests.websocket.raw_socket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    INIT,
    PING,
    TEXT,
    TIMEOUT_SECONDS,
    RawSocket,
    build_frame,
    build_handshake,
    connect,
    random_frames,
)

pytestmark = pytest.mark.slow

MESSAGE_BYTES = 4096
SETTINGS = {
    "MAX_WEBSOCKET_MESSAGE_BYTES": str(MESSAGE_BYTES),
    "WEBSOCKET_PING_INTERVAL": "0.5",
    "WEBSOCKET_PING_TIMEOUT": "3",
    "MAX_HEADER_BYTES": "65536",
    "MAX_COST_ANONYMOUS": "100000",
}
TYPENAME = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}}).encode()
ALIASES = " ".join(f"a{number}: description" for number in range(40))
LARGE_QUERY = f"{{ __schema {{ types {{ fields {{ {ALIASES} }} }} }} }}"
SUBSCRIBE_LARGE = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": LARGE_QUERY}}).encode()
RESULT = {"id": "1", "type": "next", "payload": {"data": {"__typename": "Query"}}}
EMPTY_PART = build_frame(b"", CONTINUATION, first_bits=0)
MALFORMED: dict[str, tuple[bytes, int]] = {
    "binary": (build_frame(b"\x00\xff", BINARY), 4400),
    "invalid UTF-8": (build_frame(b"\xff\xfe"), 1007),
    "invalid UTF-8, then a close frame": (build_frame(b"\xff") + build_frame(b"\x03\xe8", CLOSE), 1000),
    "too large": (build_frame(b" " * (MESSAGE_BYTES + 1)), 1009),
    "too large, announced only": (b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"\0\0\0\0", 1009),
    "too large in fragments": (build_frame(b" " * 3000, first_bits=0) + build_frame(b" " * 3000, CONTINUATION), 1009),
    "too many fragments": (build_frame(b"", first_bits=0) + EMPTY_PART * MAX_FRAGMENTS, 1009),
    "compressed": (build_frame(INIT, first_bits=0xC0), 1002),
    "not masked": (build_frame(INIT, mask=b""), 1002),
    "reserved opcode": (build_frame(b"", 0x3), 1002),
    "continuation of nothing": (build_frame(b"", CONTINUATION), 1002),
    "long control frame": (build_frame(b" " * 126, PING), 1002),
    "fragmented control frame": (build_frame(b"", PING, first_bits=0), 1002),
    "close frame with an invalid code": (build_frame(b"\x00\x01", CLOSE), 1002),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the demo data."""
    folder = tmp_path_factory.mktemp("websocket-server")
    with ServerProcess(folder, f"sqlite:///{folder / 'demo.db'}", "--demo", **SETTINGS) as process:
        yield process
        assert "Traceback" not in process.output
        assert "ERROR" not in process.output


@pytest.fixture
def witness(server: ServerProcess) -> Iterator[RawSocket]:
    """A socket that must not notice what others send."""
    with connect(server.url) as socket:
        socket.handshake().initialize()
        yield socket


def execute(socket: RawSocket) -> None:
    socket.send(build_frame(TYPENAME))
    assert socket.read_message() == RESULT
    assert socket.read_message() == {"id": "1", "type": "complete"}


def test_malformed_frames_close_one_socket(server: ServerProcess, witness: RawSocket) -> None:
    for name, (data, code) in MALFORMED.items():
        with connect(server.url) as socket:
            socket.handshake().initialize()
            socket.send(data)
            assert socket.read_close() == code, name
            socket.wait_until_closed()
        execute(witness)


def test_random_frames_close_one_socket(server: ServerProcess, witness: RawSocket) -> None:
    for data in random_frames(60, seed=1):
        with connect(server.url) as socket:
            socket.handshake()
            socket.send(data + build_frame(b"", CLOSE))
            socket.connection.shutdown(SHUT_WR)
            socket.wait_until_closed()
        execute(witness)


def test_fragments_and_pings_between_them(server: ServerProcess) -> None:
    with connect(server.url) as socket:
        socket.handshake()
        socket.send(build_frame(INIT[:5], first_bits=0) + build_frame(b"x", PING))
        assert socket.read_frame() == (0xA, b"x")
        socket.send(build_frame(INIT[5:9], CONTINUATION, first_bits=0) + build_frame(INIT[9:], CONTINUATION))
        assert socket.read_message() == {"type": "connection_ack"}
        execute(socket)


def test_compression_is_not_negotiated(server: ServerProcess) -> None:
    with connect(server.url) as socket:
        socket.send(build_handshake(Sec_WebSocket_Extensions="permessage-deflate"))
        head = socket.read_head().lower()
        assert "sec-websocket-protocol: graphql-transport-ws" in head
        assert "x-request-id: " in head
        assert "sec-websocket-extensions" not in head


@pytest.mark.parametrize(
    ("handshake", "status"),
    [
        (build_handshake(Origin="https://evil.test"), 403),
        (build_handshake("/other"), 403),
        (build_handshake(Sec_WebSocket_Key=""), 400),
        (build_handshake(Sec_WebSocket_Version="12"), 400),
        (build_handshake("/graphql?" + "x" * 10_000), 414),
        (build_handshake(X_Long="x" * 10_000), 431),
    ],
)
def test_invalid_handshake_gets_a_status(server: ServerProcess, handshake: bytes, status: int) -> None:
    with connect(server.url) as socket:
        socket.send(handshake)
        assert socket.read_head().startswith(f"HTTP/1.1 {status} ")
        socket.wait_until_closed()


def test_handshake_after_a_running_request_is_no_websocket(server: ServerProcess) -> None:
    body = b'{"query": "mutation { login(input: {email: \\"a@b.test\\", password: \\"x\\"}) { accessToken } }"}'
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with connect(server.url) as socket:
        socket.send(head % len(body) + body + build_handshake())
        assert socket.read_head().startswith("HTTP/1.1 200 ")


def test_client_that_does_not_answer_pings_is_disconnected(server: ServerProcess) -> None:
    with connect(server.url) as socket:
        socket.handshake().initialize()
        socket.wait_until_closed()  # the socket reads the pings without an answer


def test_large_result_is_sent_in_fragments(server: ServerProcess) -> None:
    with connect(server.url) as socket:
        socket.handshake().initialize()
        socket.send(build_frame(SUBSCRIBE_LARGE))
        socket.send(build_frame(TYPENAME.replace(b'"1"', b'"2"')))
        messages = [socket.read_message() for _ in range(4)]
        results = {message["id"]: message["payload"]["data"] for message in messages if message["type"] == "next"}
        assert len(json.dumps(results["1"])) > 1_000_000
        assert results["2"] == {"__typename": "Query"}


def test_client_that_does_not_read_is_disconnected(server: ServerProcess) -> None:
    with connect(server.url) as socket:
        socket.handshake().initialize()
        for number in range(8):
            socket.send(build_frame(SUBSCRIBE_LARGE.replace(b'"1"', b'"%d"' % number)))
        line = "WEBSOCKET /graphql 101"
        before = server.output.count(line)
        wait_until(lambda: server.output.count(line) > before, TIMEOUT_SECONDS, "the socket is closed")


def test_flood_of_messages_does_not_stop_others(server: ServerProcess, witness: RawSocket) -> None:
    ping = build_frame(json.dumps({"type": "ping"}).encode())
    with connect(server.url) as socket:
        socket.handshake().initialize()
        socket.send(ping * 5000)
        execute(witness)
        for _ in range(5000):
            assert socket.read_frame()[0] == TEXT
