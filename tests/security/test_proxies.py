"""WebSockets, restarts and deploys behind nginx and HAProxy, with the configuration of docs/deployment.md.

No request fails, and each acknowledged write is performed exactly once.
"""

import asyncio
import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import psutil
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from server.seed.demo_users import PASSWORD
from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.harness.processes import wait_until
from tests.support.proxies import Certificate, find_program, free_port, haproxy, nginx
from tests.support.server_process import ServerProcess
from tests.support.websocket_client import SUBPROTOCOL

TIMEOUT_SECONDS = 120
CLIENTS_PER_PROXY = 5
CHECK_SECONDS = 1.5
"""The time in which HAProxy's checks find that a server is ready: `inter 500ms rise 2`."""
SETTINGS = {
    "SHUTDOWN_DELAY": "3",
    "TRUSTED_PROXIES": "127.0.0.1",
    "ACCESS_TOKEN_MINUTES": "60",
    "COST_PER_SECOND_PRINCIPAL": "0",
    "COST_PER_SECOND_TENANT": "0",
}
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
CREATE = "mutation($title: String!) { createTask(input: {title: $title}) { task { id } userErrors { code } } }"
QUERY = "{ tasks(first: 2) { nodes { id title } } }"


class Traffic:
    """Clients that send queries and mutations through the proxies."""

    def __init__(self, urls: list[str], headers: dict[str, str], certificate: Certificate) -> None:
        self.acknowledged: list[str] = []
        self.failures: list[str] = []
        self.counts: Counter[str] = Counter()
        self._headers = headers
        self._certificate = certificate
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_requests, args=(url, f"proxied {number} {url}", number))
            for url in urls
            for number in range(CLIENTS_PER_PROXY)
        ]

    @contextmanager
    def running(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in self._threads:
                thread.join()

    def _send_requests(self, url: str, name: str, number: int) -> None:
        generator = random.Random(number)  # noqa: S311 -- pauses
        with httpx.Client(verify=self._certificate.context, headers=self._headers, timeout=TIMEOUT_SECONDS) as client:
            while not self._is_over.is_set():
                title = f"{name} {self.counts[name]}"
                self.counts[name] += 1
                if self._send(client, url, CREATE, {"title": title}, {"Idempotency-Key": str(uuid4())}):
                    self.acknowledged.append(title)
                self._send(client, url, QUERY, {}, {})
                # Most clients use their connections all the time, one lets them become idle.
                self._is_over.wait(generator.uniform(0, 3) if number == 0 else generator.uniform(0, 0.1))

    def _send(
        self, client: httpx.Client, url: str, query: str, variables: dict[str, Any], headers: dict[str, str]
    ) -> bool:
        body = {"query": query, "variables": variables}
        try:
            response = client.post(f"{url}/graphql", json=body, headers=headers)
            is_success = response.status_code == 200 and "errors" not in response.json()
            problem = f"{response.status_code} {response.text[:200]}"
        except httpx.HTTPError as error:
            is_success, problem = False, repr(error)
        if not is_success:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {url}: {problem}")
        return is_success


def log_in(url: str) -> dict[str, str]:
    variables = {"input": {"email": "owner@demo.test", "password": PASSWORD}}
    response = httpx.post(f"{url}/graphql", json={"query": LOGIN, "variables": variables}, timeout=TIMEOUT_SECONDS)
    return {"Authorization": f"Bearer {response.json()['data']['login']['accessToken']}", "X-Tenant": "demo"}


def query_over_websocket(url: str, headers: dict[str, str], certificate: Certificate) -> Any:
    """Open a WebSocket, and return the response to a query."""
    address, protocols = f"{url.replace('https', 'wss')}/graphql", [Subprotocol(SUBPROTOCOL)]
    with connect(address, ssl=certificate.context, subprotocols=protocols, proxy=None) as socket:

        def exchange(message: dict[str, Any]) -> Any:
            socket.send(json.dumps(message))
            return json.loads(socket.recv(TIMEOUT_SECONDS))

        assert exchange({"type": "connection_init", "payload": headers}) == {"type": "connection_ack"}
        return exchange({"id": "1", "type": "subscribe", "payload": {"query": QUERY}})["payload"]


def restart_workers(server: ServerProcess, workers: int) -> None:
    """Send SIGHUP, and wait until all workers are replaced and the old ones have ended."""
    finished = server.output.count("Finished server process") + workers
    psutil.Process(server.pid).send_signal(signal.SIGHUP)
    wait_until(lambda: server.output.count("Finished server process") == finished, TIMEOUT_SECONDS, "rolling restart")
    assert "Restarted all workers" in server.output


async def load_titles(cluster: Cluster, database_url: str) -> list[str]:
    connection = await asyncpg.connect(cluster.superuser_dsn(database=database_name(database_url)))
    try:
        return [row["title"] for row in await connection.fetch("SELECT title FROM task WHERE title LIKE 'proxied %'")]
    finally:
        await connection.close()


@pytest.mark.long
@pytest.mark.only("postgresql")
def test_restarts_and_deploys_behind_proxies(cluster: Cluster, database_url: str, tmp_path: Path) -> None:
    for program in ("nginx", "haproxy", "openssl"):
        find_program(program)
    blue_port, green_port, certificate = free_port(), free_port(), Certificate(tmp_path)
    upstreams = {"127.0.0.1:8000": f"127.0.0.1:{blue_port}", "127.0.0.1:8001": f"127.0.0.1:{green_port}"}

    def build_server(name: str, port: int, *arguments: str) -> ServerProcess:
        (tmp_path / name).mkdir()
        arguments = ("--port", str(port), *arguments)
        return ServerProcess(tmp_path / name, database_url, *arguments, SUPERVISE="true", **SETTINGS)

    with ExitStack() as stack:
        blue = stack.enter_context(build_server("blue", blue_port, "--workers", "2", "--demo"))
        green = stack.enter_context(build_server("green", green_port))
        proxies = [stack.enter_context(run(tmp_path, certificate, upstreams)) for run in (nginx, haproxy)]
        time.sleep(CHECK_SECONDS)
        headers = log_in(blue.url)
        for url in proxies:
            assert len(query_over_websocket(url, headers, certificate)["data"]["tasks"]["nodes"]) == 2
        traffic = Traffic(proxies, headers, certificate)
        with traffic.running():
            restart_workers(blue, 2)
            restart_workers(green, 1)
            assert green.stop(signal.SIGTERM) == 0
            newer = stack.enter_context(build_server("newer", green_port))
            time.sleep(CHECK_SECONDS)
            assert blue.stop(signal.SIGTERM) == 0
            time.sleep(CHECK_SECONDS)
        assert newer.stop(signal.SIGTERM) == 0
    assert traffic.failures == []
    assert min(traffic.counts.values()) >= 2
    assert sorted(asyncio.run(load_titles(cluster, database_url))) == sorted(traffic.acknowledged)
