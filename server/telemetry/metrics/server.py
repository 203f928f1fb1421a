"""An HTTP server for metrics on a port of its own, in a thread: it also answers while the event loop is blocked."""

import hmac
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from typing import TYPE_CHECKING, Any

from server.telemetry.metrics.exposition import Collect, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATH = "/metrics"
POLL_SECONDS = 0.1
"""How soon a server notices that it should stop."""
TIMEOUT_SECONDS = 10.0
"""The time that a client may take to send its request and to read the response."""


class _Handler(BaseHTTPRequestHandler):
    """Answers `GET /metrics`."""

    timeout = TIMEOUT_SECONDS
    server: "_Server"

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self.send_error(404)
        elif not presents_token(self.headers.get("Authorization", ""), self.server.token):
            self.send_error(401)
        else:
            body, media_type = render(self.server.collect(), self.headers.get("Accept", ""))
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def version_string(self) -> str:
        return "allotment"

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: Prometheus asks every few seconds."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket, collect: Collect, token: str) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.collect = collect
        self.token = token

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect or are too slow."""


def presents_token(authorization: str, token: str) -> bool:
    """Return whether the header has the token. Without a token, everyone is allowed."""
    expected = f"Bearer {token}".encode()
    return not token or hmac.compare_digest(authorization.encode(errors="replace"), expected)


@contextmanager
def serve_metrics(listeners: "Sequence[socket]", collect: Collect, token: str = "") -> "Iterator[None]":
    """Serve metrics on bound sockets inside the block."""
    servers = [_Server(listener, collect, token) for listener in listeners]
    for server in servers:
        server.server_activate()
        Thread(target=server.serve_forever, args=(POLL_SECONDS,), name="metrics", daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
