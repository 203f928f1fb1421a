"""A rolling restart: the worker that is replaced ends its streams at once, and the next one serves them."""

import signal
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pytest

from tests.harness.processes import wait_until
from tests.security.test_proxies import TIMEOUT_SECONDS, log_in
from tests.support.server_process import ServerProcess
from tests.support.stream_client import EVENT_STREAM

pytestmark = [pytest.mark.slow, pytest.mark.only("sqlite")]

BODY = {"query": "subscription { changes { action } }"}


def test_streams_end_when_their_worker_is_replaced(database_url: str, tmp_path: Path) -> None:
    settings = {"SUPERVISE": "true", "REQUEST_TIMEOUT": "600"}
    with ServerProcess(tmp_path, database_url, "--demo", **settings) as server, ExitStack() as stack:
        headers = log_in(server.url) | {"Accept": EVENT_STREAM}
        client = stack.enter_context(httpx.Client(timeout=TIMEOUT_SECONDS))
        streams = []
        for _ in range(3):
            request = client.stream("POST", f"{server.url}/graphql", json=BODY, headers=headers)
            streams.append(stack.enter_context(request).iter_text())
        assert [next(stream) for stream in streams] == [":\n\n"] * 3
        psutil.Process(server.pid).send_signal(signal.SIGHUP)
        for stream in streams:
            with pytest.raises(httpx.RemoteProtocolError):
                list(stream)
        with client.stream("POST", f"{server.url}/graphql", json=BODY, headers=headers) as response:
            assert next(response.iter_text()) == ":\n\n"
            # REQUEST_TIMEOUT is the time that a replaced worker grants to requests; the streams do not use it.
            wait_until(lambda: "Restarted all workers" in server.output, TIMEOUT_SECONDS, "rolling restart")
            wait_until(lambda: "Finished server process" in server.output, TIMEOUT_SECONDS, "end of the worker")
            assert server.stop(signal.SIGTERM) == 0
        assert "Traceback" not in server.output
        assert "ERROR" not in server.output
