"""Large heads, trailers and pipelines neither use memory nor delay other clients."""

import threading
from collections.abc import Iterator

import psutil
import pytest

from tests.support.raw_connection import RawConnection, graphql_request, request
from tests.support.server_process import ServerProcess

MIB = 1024 * 1024
MAX_GROWTH = 24 * MIB
"""Below what each of these clients made the server allocate without limits: 98 to 278 MiB."""
CHUNKED = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
TYPENAME = graphql_request("{ __typename }")
ATTACKS = {
    "a header of 50 MiB": (b"GET /health HTTP/1.1\r\nX: ", b"a" * MIB, 50),
    "a header of 200 MiB": (b"GET /health HTTP/1.1\r\nX: ", b"a" * MIB, 200),
    "small headers of 30 MiB": (b"GET /health HTTP/1.1\r\n", b"a: b\r\n" * (MIB // 6), 30),
    "a URL of 50 MiB": (b"GET /", b"a" * MIB, 50),
    "a method of 50 MiB": (b"", b"G" * MIB, 50),
    "a trailer of 50 MiB": (CHUNKED + b"1\r\n{\r\n0\r\nX: ", b"a" * MIB, 50),
    "small trailers of 30 MiB": (CHUNKED + b"1\r\n{\r\n0\r\n", b"a: b\r\n" * (MIB // 6), 30),
    "an extension of 50 MiB": (CHUNKED + b"1;a=", b"a" * MIB, 50),
    "extensions of 50 MiB": (CHUNKED, (b"1;a=" + b"a" * 1024 + b"\r\n{\r\n") * 1000, 50),
    "blank lines of 50 MiB": (b"", b"\r\n" * (MIB // 2), 50),
    "pipelined requests of 50 MiB": (b"", request("/health") * (MIB // len(request("/health"))), 50),
}


class Attacker(threading.Thread):
    """Sends a head and many equal parts, without reading, until the server closes the connection."""

    def __init__(self, url: str, head: bytes, part: bytes, parts: int) -> None:
        super().__init__(daemon=True)
        self._connection = RawConnection(url)
        self._connection.socket.settimeout(5)
        self._head, self._part, self._parts = head, part, parts

    def run(self) -> None:
        try:
            self._connection.socket.sendall(self._head)
            for _ in range(self._parts):
                self._connection.socket.sendall(self._part)
        except OSError:  # closed by the server, or not read by it
            pass
        self._connection.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, f"sqlite:///{folder / 'demo.db'}", "--demo") as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_memory_stays_flat_and_other_clients_are_served(server: ServerProcess, name: str) -> None:
    process = psutil.Process(server.pid)
    with RawConnection(server.url) as other:
        other.send(TYPENAME)
        assert other.response().status == 200
        before = largest = process.memory_info().rss
        attackers = [Attacker(server.url, *ATTACKS[name]) for _ in range(2)]
        for attacker in attackers:
            attacker.start()
        is_running = True
        while is_running:
            is_running = any(attacker.is_alive() for attacker in attackers)
            other.send(TYPENAME)
            assert other.response().status == 200
            largest = max(largest, process.memory_info().rss)
    assert largest - before < MAX_GROWTH
