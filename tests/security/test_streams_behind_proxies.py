"""Subscriptions over HTTP behind nginx and HAProxy, with the configuration of docs/deployment.md.

Results arrive at once, heartbeats prevent the time-outs of the proxies, and a stream that is cut off is incomplete.
"""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.security.test_proxies import CREATE, TIMEOUT_SECONDS, log_in
from tests.support.proxies import Certificate, find_program, haproxy, nginx
from tests.support.server_process import ServerProcess

PROXY_SECONDS = 3
SETTINGS = {"STREAM_HEARTBEAT_INTERVAL": "1", "TRUSTED_PROXIES": "127.0.0.1"}
CHANGES = "subscription { changes(types: [TASK]) { object { ... on Task { title } } } }"
FORMATS = ("text/event-stream", "multipart/mixed;subscriptionSpec=1.0")


def find_title(lines: Iterator[str]) -> Any:
    """Return the title of the task in the next result."""
    text = next(line for line in lines if "title" in line)
    content = json.loads(text.removeprefix("data: "))
    return content.get("payload", content)["data"]["changes"]["object"]["title"]


@pytest.mark.slow
@pytest.mark.only("sqlite")
def test_streams_pass_proxies(tmp_path: Path) -> None:
    for program in ("nginx", "haproxy", "openssl"):
        find_program(program)
    certificate = Certificate(tmp_path)
    with ExitStack() as stack:
        server = ServerProcess(tmp_path, f"sqlite:///{tmp_path / 'demo.db'}", "--demo", **SETTINGS)
        stack.enter_context(server)
        address = server.url.removeprefix("http://").replace("localhost", "127.0.0.1")
        changes = {"127.0.0.1:8000": address, "127.0.0.1:8001": address, "65s": f"{PROXY_SECONDS}s"}
        headers = log_in(server.url)
        client = stack.enter_context(httpx.Client(verify=certificate.context, timeout=TIMEOUT_SECONDS))
        streams: list[Iterator[str]] = []
        for run in (nginx, haproxy):
            url = f"{stack.enter_context(run(tmp_path, certificate, changes))}/graphql"
            for accept in FORMATS:
                request = client.stream("POST", url, json={"query": CHANGES}, headers=headers | {"Accept": accept})
                response = stack.enter_context(request)
                assert (response.status_code, response.headers["content-type"][:9]) == (200, accept[:9])
                streams.append(response.iter_lines())
        assert [next(lines) for lines in streams] == [":", "", ":", ""]  # the first heartbeat, before any result
        time.sleep(2 * PROXY_SECONDS)
        for title in ("One", "Two"):
            body = {"query": CREATE, "variables": {"title": title}}
            httpx.post(f"{server.url}/graphql", json=body, headers=headers, timeout=TIMEOUT_SECONDS).raise_for_status()
            assert [find_title(lines) for lines in streams] == [title] * 4
        assert server.stop(signal.SIGTERM) == 0
        for lines in streams:
            with pytest.raises(httpx.RemoteProtocolError):
                list(lines)
