"""The built-in driver counts the responses of a server."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from bench.drivers import BuiltInDriver
from bench.requests import Request, send_request

pytestmark = pytest.mark.slow

BODY = b'{"data":{"text":"0\\r\\n"}}'


class Handler(BaseHTTPRequestHandler):
    """Responds as the path says, and records the request bodies."""

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
        """Log nothing."""


@pytest.fixture
def server_port() -> Iterator[int]:
    """Run a server, and return its port."""
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
def test_driver_counts_responses(server_port: int, path: str) -> None:
    sample = BuiltInDriver().drive(server_port, Request.json_post(path, {"query": "{ä}"}, {}), 3, 1)
    assert sample.responses == len(Handler.bodies) > 3
    assert sample.failures == 0
    assert sample.per_second == pytest.approx(sample.responses, rel=0.5)
    assert 0 < sample.p50 <= sample.p99 < 1000
    assert set(Handler.bodies) == {'{"query":"{ä}"}'.encode()}


def test_response_size_equals_that_of_a_single_request(server_port: int) -> None:
    request = Request.json_post("/plain", {}, {})
    assert BuiltInDriver().drive(server_port, request, 1, 1).bytes_per_response == pytest.approx(
        send_request(server_port, request).size
    )


def test_driver_counts_failures(server_port: int) -> None:
    sample = BuiltInDriver().drive(server_port, Request.json_post("/broken", {}, {}), 2, 1)
    assert sample.failures == sample.responses > 2
