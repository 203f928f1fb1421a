"""SIGTERM: running operations of WebSockets end, and then the sockets close."""

import json
import signal
from pathlib import Path

import pytest

from tests.harness.processes import wait_until
from tests.security.test_graceful_shutdown import LOGIN, PRODUCTION, TIMEOUT_SECONDS, write_lock
from tests.support.server_process import ServerProcess
from tests.websocket.raw_socket import build_frame, connect

pytestmark = [pytest.mark.slow, pytest.mark.only("sqlite")]
VARIABLES = {"input": {"email": "user@example.com", "password": "a wrong password"}}
LOGIN_MESSAGE = {"id": "1", "type": "subscribe", "payload": {"query": LOGIN, "variables": VARIABLES}}


def test_sockets_close_when_their_operations_have_ended(database_url: str, tmp_path: Path) -> None:
    with (
        ServerProcess(tmp_path, database_url, **PRODUCTION) as server,
        connect(server.url) as idle,
        connect(server.url) as busy,
    ):
        idle.handshake().initialize()
        busy.handshake().initialize()
        with write_lock(database_url):
            busy.send(build_frame(json.dumps(LOGIN_MESSAGE).encode()))
            busy.send(build_frame(json.dumps({"type": "ping"}).encode()))
            assert busy.read_message() == {"type": "pong"}  # the operation has begun
            server.signal(signal.SIGTERM)
            wait_until(lambda: "Shutting down" in server.output, TIMEOUT_SECONDS, "shutdown")
            assert idle.read_close() == 1001
        assert busy.read_message()["type"] == "next"
        assert busy.read_message() == {"id": "1", "type": "complete"}
        assert busy.read_close() == 1001
        assert server.stop(signal.SIGTERM) == 0
        assert "Traceback" not in server.output
        assert "ERROR" not in server.output
