"""The driver for machines without wrk counts what a server really answered."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from bench.drivers import BuiltIn
from bench.requests import Request, send

BODY = b'{"data":{"text":"0\\r\\n"}}'


class Handler(BaseHTTPRequestHandler):
    """Answers as its path says, and remembers the bodies it was sent."""

    protocol_version = "HTTP/1.1"
    bodies: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(500 if self.path == "/broken" else 200)
        chunked = self.path == "/chunked"
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(BODY)))))
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY) if chunked else BODY)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A server's."""
    Handler.bodies.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/plain", "/chunked"])
def test_it_counts_answers(port: int, path: str) -> None:
    sample = BuiltIn().drive(port, Request.of(path, {"query": "{ä}"}, {}), 3, 1)
    assert sample.answers == len(Handler.bodies) > 3
    assert sample.failures == 0
    assert sample.per_second == pytest.approx(sample.answers, rel=0.5)
    assert 0 < sample.p50 <= sample.p99 < 1000
    assert set(Handler.bodies) == {'{"query":"{ä}"}'.encode()}


def test_the_size_of_an_answer_is_the_one_that_single_requests_have(port: int) -> None:
    request = Request.of("/plain", {}, {})
    assert BuiltIn().drive(port, request, 1, 1).bytes_each == pytest.approx(send(port, request).size)


def test_it_counts_failures(port: int) -> None:
    sample = BuiltIn().drive(port, Request.of("/broken", {}, {}), 2, 1)
    assert sample.failures == sample.answers > 2
