"""A socket that systemd passes: connections wait in it while the service is restarted."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server_process import build_environment

TIMEOUT_SECONDS = 60
START = "exec env LISTEN_PID=$$ LISTEN_FDS=1 {python} -m server.cli serve 3<&{descriptor}"
REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    "supervise", [pytest.param("true", marks=pytest.mark.slow), pytest.param("false", marks=pytest.mark.long)]
)
def test_passed_socket_outlives_the_server(database_url: str, tmp_path: Path, supervise: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for _ in range(2):  # the second connection is opened while no server runs
            with socket.create_connection(listener.getsockname(), TIMEOUT_SECONDS) as connection:
                connection.sendall(REQUEST)
                _serve_once(listener, connection, build_environment(database_url, SUPERVISE=supervise), tmp_path)


def _serve_once(listener: socket.socket, connection: socket.socket, environment: dict[str, str], folder: Path) -> None:
    """Start a server with the socket, receive the response, and stop it."""
    script = START.format(python=sys.executable, descriptor=listener.fileno())
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", script], env=environment, pass_fds=[listener.fileno()], stdout=log, stderr=log
        )
    try:
        response = b""
        while part := connection.recv(65536):
            response += part
        assert b'{"status":"ok"}' in response.replace(b": ", b":"), response
    finally:
        os.kill(process.pid, signal.SIGTERM)
    assert process.wait(TIMEOUT_SECONDS) == 0, (folder / "server.log").read_text()
