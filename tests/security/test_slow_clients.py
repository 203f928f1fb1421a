"""Connections whose client neither sends nor receives in time are closed."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.raw_connection import RawConnection, graphql_request, request
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow

TIMEOUTS = {
    "HEADER_TIMEOUT": "0.5",
    "BODY_TIMEOUT": "0.5",
    "MIN_BODY_RATE": "100",
    "SEND_TIMEOUT": "0.5",
    "KEEP_ALIVE_TIMEOUT": "2",
    "COST_PER_SECOND_ANONYMOUS": "0",
}
HEAD = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
HEAD_TOO_SLOW = "BAD_USER_INPUT: The request's headers did not arrive within 0.5 seconds (HEADER_TIMEOUT)."
BODY_TOO_SLOW = (
    "BAD_USER_INPUT: The request's body did not arrive within 0.5 seconds (BODY_TIMEOUT), "
    "nor at 100 bytes per second (MIN_BODY_RATE)."
)
INTROSPECTION = "{ __schema { types { name description fields { name description args { name description } } } } }"
SLOW_BODIES = 500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, f"sqlite:///{folder / 'demo.db'}", "--demo", **TIMEOUTS) as server:
        yield server


@pytest.fixture
def connection(server: ServerProcess) -> Iterator[RawConnection]:
    with RawConnection(server.url) as connection:
        yield connection


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n"])
def test_silent_connection_is_closed(connection: RawConnection, data: bytes) -> None:
    connection.send(data)
    assert connection.wait_until_closed() == b""


@pytest.mark.parametrize("data", [b"G", b"GET /heal", b"GET /health HTTP/1.1\r\nHost: a\r\nX"])
def test_incomplete_head_is_refused(connection: RawConnection, data: bytes) -> None:
    connection.send(data)
    response = connection.response()
    assert (response.status, response.error) == (408, HEAD_TOO_SLOW)
    assert response.headers["connection"] == "close"


def test_head_that_arrives_byte_by_byte_is_refused(connection: RawConnection) -> None:
    for byte in request("/health", "X-A: " + "a" * 150):
        connection.send(bytes([byte]))
        time.sleep(0.01)
    assert connection.response().error == HEAD_TOO_SLOW


def test_incomplete_head_after_a_request_is_refused(connection: RawConnection) -> None:
    connection.send(request() + b"GET")
    assert [connection.response().status for _ in range(2)] == [200, 408]


def test_incomplete_head_after_many_requests_is_refused(connection: RawConnection) -> None:
    """The head arrives in the same packet as more requests than are parsed at once."""
    connection.send(request() * 50 + b"GET")
    assert [connection.response().status for _ in range(51)] == [200] * 50 + [408]


def test_idle_connection_is_closed(connection: RawConnection) -> None:
    for _ in range(3):
        assert connection.get().status == 200
        time.sleep(0.6)  # more than HEADER_TIMEOUT, less than KEEP_ALIVE_TIMEOUT
    assert connection.get().status == 200
    assert connection.wait_until_closed() == b""


@pytest.mark.parametrize("data", [HEAD, HEAD + b"{", HEAD + b" " * 90_000])
def test_incomplete_body_is_refused(connection: RawConnection, data: bytes) -> None:
    connection.send(data)
    response = connection.response()
    assert (response.status, response.error) == (408, BODY_TOO_SLOW)
    assert response.headers["connection"] == "close"


def test_incomplete_chunked_body_is_refused(connection: RawConnection) -> None:
    connection.send(HEAD.replace(b"Content-Length: 100000", b"Transfer-Encoding: chunked") + b"5\r\nhe")
    assert connection.response().error == BODY_TOO_SLOW


def test_slow_body_is_refused(connection: RawConnection) -> None:
    connection.send(HEAD)
    for _ in range(100):
        connection.send(b" ")
        time.sleep(0.02)
    assert connection.response().error == BODY_TOO_SLOW


def test_body_whose_request_is_answered_is_not_awaited_forever(connection: RawConnection) -> None:
    connection.send(HEAD.replace(b"/graphql", b"/unknown"))
    assert connection.response().status == 404
    assert connection.wait_until_closed() == b""


def test_bodies_at_the_minimum_rate_are_accepted(server: ServerProcess) -> None:
    """Hundreds at once, each in parts for longer than BODY_TIMEOUT, with a few requests in the meantime."""
    content = json.dumps({"query": "{ __typename }", "extensions": {"padding": "a" * 6000}}).encode()
    data = request("/graphql", "Content-Type: application/json", method="POST", body=content)
    with ExitStack() as stack:
        connections = [stack.enter_context(RawConnection(server.url)) for _ in range(SLOW_BODIES)]
        parts = [data[start : start + 500] for start in range(0, len(data), 500)]
        for part in parts:
            for connection in connections:
                connection.send(part)
            with RawConnection(server.url) as other:
                assert other.get().status == 200
            time.sleep(0.1)
        assert {connection.response().status for connection in connections} == {200}


def test_client_that_does_not_read_is_disconnected(server: ServerProcess) -> None:
    with RawConnection(server.url, receive_buffer=4096) as connection:
        connection.send(graphql_request(INTROSPECTION) * 200)
        time.sleep(3)
        received = connection.wait_until_closed()
    assert received.count(b"HTTP/1.1 200") < 100


def test_client_that_reads_slowly_receives_everything(server: ServerProcess) -> None:
    with RawConnection(server.url, receive_buffer=4096) as connection:
        connection.send(graphql_request(INTROSPECTION) * 20 + request("/health", "Connection: close"))
        received = b""
        while data := connection.socket.recv(20_000):
            received += data
            time.sleep(0.01)
    assert received.count(b"HTTP/1.1 200") == 21
