"""SIGTERM: every request that has arrived is answered, on one and on several workers."""

import json
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from graphql import get_introspection_query

from server.config.database_url import parse_database_url
from tests.harness.processes import wait_until
from tests.support.server_process import ServerProcess
from tests.support.settings import PRODUCTION_SECRET_KEY

TIMEOUT_SECONDS = 60
SIGNAL_SECONDS = 3
"""How long a single process, which logs nothing, gets to receive its signal."""
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }"
PRODUCTION = {"ALLOTMENT_ENV": "production", "SECRET_KEY": PRODUCTION_SECRET_KEY}


class Connections:
    """Connections to a server, closed at the end of the test."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self._address = ("127.0.0.1", int(url.rpartition(":")[2]))
        self._stack = stack

    def open(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=TIMEOUT_SECONDS)
        return self._stack.enter_context(connection)

    def open_idle(self) -> socket.socket:
        """Open a connection that has had a request and a response."""
        connection = self.open()
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n")
        assert read_response(connection) == (200, {"status": "ok"})
        return connection

    def open_with_small_buffer(self) -> socket.socket:
        """Open a connection that receives little before it is read."""
        connection = self._stack.enter_context(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(TIMEOUT_SECONDS)
        connection.connect(self._address)
        return connection

    def is_refused(self) -> bool:
        try:
            self.open()
        except ConnectionRefusedError:
            return True
        return False


def send_login(connection: socket.socket, number: int) -> None:
    variables = {"input": {"email": f"user{number}@example.com", "password": "a wrong password"}}
    connection.sendall(encode_request(LOGIN, variables))


def encode_request(query: str, variables: Any = None) -> bytes:
    body = json.dumps({"query": query, "variables": variables}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def read_response(connection: socket.socket) -> tuple[int, Any]:
    """Return the status and the body of a complete response."""
    with closing(HTTPResponse(connection)) as response:
        response.begin()
        return response.status, json.loads(response.read())


def worker_processes(server: ServerProcess) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.pid).children() if "spawn_main" in " ".join(child.cmdline())]


@contextmanager
def write_lock(url: str) -> Iterator[None]:
    """Make all writes to an SQLite database wait."""
    with closing(sqlite3.connect(str(parse_database_url(url).url.database), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def terminated_while_paused(server: ServerProcess) -> Iterator[None]:
    """Pause the server inside the block. At the end, send SIGTERM, so that it stops before it reads anything else."""
    parent, workers = psutil.Process(server.pid), worker_processes(server)
    for process in (parent, *workers):
        process.suspend()
    yield
    parent.send_signal(signal.SIGTERM)
    parent.resume()
    with suppress(TimeoutError):
        stopping = "Stopping worker"
        wait_until(lambda: server.output.count(stopping) == len(workers), SIGNAL_SECONDS, stopping)
    for process in workers:
        process.resume()


@pytest.mark.slow
@pytest.mark.only("sqlite")
def test_pipelined_requests_are_answered(database_url: str, tmp_path: Path) -> None:
    with ServerProcess(tmp_path, database_url, **PRODUCTION) as server, ExitStack() as stack:
        connection = Connections(server.url, stack).open_idle()
        psutil.Process(server.pid).send_signal(signal.SIGHUP)  # is ignored: it would restart workers, and has none
        with terminated_while_paused(server):
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n" * 100)
        received = read_to_end(connection)
        assert server.stop(signal.SIGTERM) == 0
    assert received.count(b"HTTP/1.1 200") == 100


@pytest.mark.slow
@pytest.mark.only("sqlite")
@pytest.mark.parametrize("workers", [1, 2])
def test_requests_in_flight_are_answered(database_url: str, tmp_path: Path, workers: int) -> None:
    with (
        ServerProcess(tmp_path, database_url, "--workers", str(workers), **PRODUCTION) as server,
        ExitStack() as stack,
    ):
        connections = Connections(server.url, stack)
        opened = [connections.open_idle() for _ in range(17)]
        idle, busy = opened.pop(), list(opened)
        with write_lock(database_url):
            for number, connection in enumerate(busy[:8]):
                send_login(connection, number)
            with terminated_while_paused(server):
                busy += [connections.open() for _ in range(8)]
                for number, connection in enumerate(busy[8:], 8):
                    send_login(connection, number)
            wait_until(lambda: server.output.count("Shutting down") == workers, TIMEOUT_SECONDS, "shutdown")
            assert connections.is_refused()
            assert idle.recv(1) == b""
        statuses = [read_response(connection)[0] for connection in busy]
        assert server.stop(signal.SIGTERM) == 0
    assert statuses == [200] * 24
    assert "Traceback" not in server.output


@pytest.mark.slow
@pytest.mark.only("sqlite")
def test_slow_bodies_and_large_responses_are_completed(database_url: str, tmp_path: Path) -> None:
    variables = {**PRODUCTION, "INTROSPECTION": "true", "WORKERS": "2"}
    with ServerProcess(tmp_path, database_url, **variables) as server, ExitStack() as stack:
        connections = Connections(server.url, stack)
        request = encode_request("{ __typename }")
        sending = [connections.open_idle() for _ in range(4)]
        for connection in sending:
            connection.sendall(request[:-5])
        receiving = [connections.open_with_small_buffer() for _ in range(4)]
        for connection in receiving:
            connection.sendall(encode_request(get_introspection_query()) * 4)
            connection.recv(1)
        psutil.Process(server.pid).send_signal(signal.SIGTERM)
        wait_until(lambda: server.output.count("Shutting down") == 2, TIMEOUT_SECONDS, "shutdown")
        for connection in sending:
            connection.sendall(request[-5:])
            assert read_response(connection)[0] == 200
        responses = [read_to_end(connection).count(b"HTTP/1.1 200") for connection in receiving]
        assert server.stop(signal.SIGTERM) == 0
    assert responses == [3] * 4  # the first byte of the first one was read before


@pytest.mark.slow
@pytest.mark.only("sqlite")
def test_ready_is_503_before_the_port_is_closed(database_url: str, tmp_path: Path) -> None:
    with ServerProcess(tmp_path, database_url, SHUTDOWN_DELAY="600") as server:
        psutil.Process(server.pid).send_signal(signal.SIGTERM)
        wait_until(lambda: "Stopping in 600 seconds" in server.output, TIMEOUT_SECONDS, "the message")
        ready = httpx.get(f"{server.url}/ready", timeout=TIMEOUT_SECONDS)
        assert (ready.status_code, ready.json()["reason"]) == (503, "the server is stopping")
        answer = httpx.post(f"{server.url}/graphql", json={"query": "{ __typename }"}, timeout=TIMEOUT_SECONDS)
        assert answer.json()["data"] == {"__typename": "Query"}
        assert answer.headers["connection"] == "close"
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), TIMEOUT_SECONDS) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n" * 5)
            pipelined = read_to_end(connection)
        assert (pipelined.count(b"HTTP/1.1 200"), pipelined.count(b"connection: close")) == (5, 1)
        assert server.stop(signal.SIGINT) == 0  # a second signal from a terminal ends the delay


def read_to_end(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received
