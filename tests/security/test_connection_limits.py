"""The connections of a process and of a client address are limited. Idle ones are closed to make room."""

import json
import resource
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.harness.processes import wait_until
from tests.support.raw_connection import HANG_SECONDS, RawConnection, request
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow

PROXY = "127.0.0.9"
LIMITS = {"MAX_CONNECTIONS": "20", "MAX_CONNECTIONS_PER_ADDRESS": "8", "TRUSTED_PROXIES": PROXY}
PER_ADDRESS = (
    "UNAVAILABLE: All 8 connections (MAX_CONNECTIONS_PER_ADDRESS) are in use. Try again later.",
    "UNAVAILABLE: All 20 connections (MAX_CONNECTIONS) are in use. Try again later.",
)
BODY = json.dumps({"query": "{ __typename }"}).encode()
DESCRIPTORS = 256
IDLE_CONNECTIONS = 2000


class Clients:
    """Connections from several addresses, closed at the end of the test."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self._url = url
        self._stack = stack

    def open(self, address: str = "127.0.0.1") -> RawConnection:
        return self._stack.enter_context(RawConnection(self._url, address))

    def begin_to_open(self) -> socket.socket:
        """Begin to open a connection, without waiting for the server."""
        connection = self._stack.enter_context(socket.socket())
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", int(self._url.rpartition(":")[2])))
        return connection

    def open_idle(self, address: str = "127.0.0.1") -> RawConnection:
        """Open a connection that has had a request and a response."""
        connection = self.open(address)
        assert connection.get().status == 200
        return connection

    def open_busy(self, address: str = "127.0.0.1", *headers: str) -> RawConnection:
        """Open a connection with a request whose body is incomplete."""
        connection = self.open(address)
        connection.send(busy_request(*headers)[:-1])
        # The server answers this when it has received the head of the request.
        assert connection.socket.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        return connection


def busy_request(*headers: str) -> bytes:
    expect = ("Content-Type: application/json", "Expect: 100-continue", *headers)
    return request("/graphql", *expect, method="POST", body=BODY)


def finish(connection: RawConnection) -> int:
    """Complete the request, and return the status of its response."""
    connection.send(BODY[-1:])
    return connection.response().status


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, f"sqlite:///{folder / 'demo.db'}", "--demo", **LIMITS) as server:
        yield server


@pytest.fixture
def clients(server: ServerProcess) -> Iterator[Clients]:
    with ExitStack() as stack:
        yield Clients(server.url, stack)
    wait_until_all_are_closed(server)


def wait_until_all_are_closed(server: ServerProcess) -> None:
    """Wait until the server has noticed that the clients closed their connections."""
    process = psutil.Process(server.pid)
    wait_until(
        lambda: all(each.status == psutil.CONN_LISTEN for each in process.net_connections("tcp")),
        HANG_SECONDS,
        "end of all connections",
    )


def test_longest_idle_connection_of_the_address_makes_room(clients: Clients) -> None:
    idle = [clients.open_idle() for _ in range(8)]
    other = clients.open_idle("127.0.0.2")
    assert idle[0].get().status == 200  # the second one is now the longest idle
    assert clients.open().get().status == 200
    assert idle[1].wait_until_closed() == b""
    assert [connection.get().status for connection in (idle[0], *idle[2:], other)] == [200] * 8


def test_busy_connections_of_an_address_are_not_closed(clients: Clients) -> None:
    busy = [clients.open_busy() for _ in range(8)]
    refused = clients.open().response()
    assert (refused.status, refused.error) == (503, PER_ADDRESS[0])
    assert (refused.headers["retry-after"], refused.headers["connection"]) == ("5", "close")
    assert clients.open("127.0.0.2").get().status == 200
    assert [finish(connection) for connection in busy] == [200] * 8
    assert clients.open().get().status == 200


def test_busy_connections_of_the_process_are_not_closed(clients: Clients) -> None:
    busy = [clients.open_busy(f"127.0.0.{1 + number % 4}") for number in range(20)]
    refused = clients.open("127.0.0.5").response()
    assert (refused.status, refused.error) == (503, PER_ADDRESS[1])
    assert [finish(connection) for connection in busy] == [200] * 20
    assert clients.open("127.0.0.5").get().status == 200
    assert busy[0].wait_until_closed() == b""


def test_refused_connections_do_not_accumulate(clients: Clients) -> None:
    busy = [clients.open_busy() for _ in range(8)]
    refused = [clients.open() for _ in range(100)]
    received = [connection.wait_until_closed() for connection in refused]
    assert {data[:12] for data in received} <= {b"HTTP/1.1 503", b""}
    assert received[0].startswith(b"HTTP/1.1 503")
    assert [finish(connection) for connection in busy] == [200] * 8


def test_silent_connections_make_room_for_others(clients: Clients) -> None:
    for number in range(100):
        clients.open(f"127.0.0.{1 + number % 4}")
    assert clients.open().get().status == 200
    assert clients.open("127.0.0.5").get().status == 200


def test_requests_through_a_proxy_are_counted_by_forwarded_address(clients: Clients) -> None:
    first = "X-Forwarded-For: 192.0.2.1"
    busy = [clients.open_busy(PROXY, first) for _ in range(8)]
    other = clients.open_busy(PROXY, "X-Forwarded-For: 192.0.2.2")
    connection = clients.open(PROXY)
    connection.send(request("/health", first))
    refused = connection.response()
    message = "8 requests of this address are running (MAX_CONNECTIONS_PER_ADDRESS). Try again later."
    assert (refused.status, refused.error) == (503, f"UNAVAILABLE: {message}")
    assert refused.headers["retry-after"] == "1"
    connection.send(request("/health", "X-Forwarded-For: 192.0.2.3"))
    assert connection.response().status == 200
    assert [finish(each) for each in (*busy, other)] == [200] * 9
    connection.send(request("/health", first))
    assert connection.response().status == 200


def test_addresses_of_one_ipv6_network_are_one_client(clients: Clients) -> None:
    for number in range(8):
        clients.open_busy(PROXY, f"X-Forwarded-For: 2001:db8::{number}")
    connection = clients.open(PROXY)
    connection.send(request("/health", "X-Forwarded-For: 2001:db8::9"))
    assert connection.response().status == 503
    connection.send(request("/health", "X-Forwarded-For: 2001:db8:0:1::9"))
    assert connection.response().status == 200


def open_websocket(server: ServerProcess, path: str = "/graphql") -> AbstractContextManager[ClientConnection]:
    return connect(server.url.replace("http", "ws") + path, subprotocols=[Subprotocol("graphql-transport-ws")])


def test_closed_websockets_are_not_counted(clients: Clients, server: ServerProcess) -> None:
    for _ in range(15):
        with pytest.raises(InvalidStatus), open_websocket(server, "/unknown"):
            pass
        with open_websocket(server):
            pass
    wait_until_all_are_closed(server)
    busy = [clients.open_busy() for _ in range(8)]
    assert [finish(connection) for connection in busy] == [200] * 8


def test_open_websockets_are_counted(clients: Clients, server: ServerProcess) -> None:
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(open_websocket(server))
        refused = clients.open().response()
        assert (refused.status, refused.error) == (503, PER_ADDRESS[0])


@pytest.mark.slow
def test_thousands_of_idle_connections_from_one_address_are_possible(demo_server: str) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < IDLE_CONNECTIONS + 500:
        pytest.skip("needs more file descriptors")
    with ExitStack() as stack:
        clients = Clients(demo_server, stack)
        idle = [clients.open_idle() for _ in range(IDLE_CONNECTIONS)]
        assert {connection.get().status for connection in idle} == {200}


class ServerWithFewDescriptors(ServerProcess):
    """A server that may open few files."""

    def __init__(self, folder: Path, database_url: str, *arguments: str, **variables: str) -> None:
        super().__init__(folder, database_url, *arguments, **variables)
        self._arguments = ["sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh", *self._arguments]


@pytest.mark.slow
def test_connections_leave_descriptors_for_the_process(tmp_path: Path) -> None:
    with (
        ServerWithFewDescriptors(tmp_path, f"sqlite:///{tmp_path / 'demo.db'}", "--demo") as server,
        ExitStack() as stack,
    ):
        clients = Clients(server.url, stack)
        for _ in range(400):
            clients.open()
        process = psutil.Process(server.pid)
        process.suspend()
        burst = [clients.begin_to_open() for _ in range(400)]
        process.resume()
        for _ in range(5):
            assert finish(clients.open_busy()) == 200
            assert clients.open().get("/ready").body["status"] == "ready"
        assert "MAX_CONNECTIONS is 10000, but this process may open only 256 file descriptors" in server.output
        assert "Too many open files" not in server.output
        assert len(burst) == 400


@pytest.mark.slow
@pytest.mark.parametrize("option", [("--workers", "2"), ("--reload",)])
def test_limits_apply_to_child_processes(tmp_path: Path, option: tuple[str, ...]) -> None:
    database_url = f"sqlite:///{tmp_path / 'demo.db'}"
    with (
        ServerProcess(tmp_path, database_url, "--demo", *option, MAX_HEADERS="10") as server,
        RawConnection(server.url) as connection,
    ):
        connection.send(request("/health", *["X: y"] * 10))
        assert connection.response().status == 431
