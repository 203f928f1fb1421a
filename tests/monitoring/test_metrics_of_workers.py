"""Metrics of `allotment serve` with several workers: the sum, which does not decrease when a worker is killed."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from tests.harness.processes import wait_until
from tests.monitoring.metric_samples import AUTHORIZATION, TOKEN, Samples
from tests.support.server_process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.only("sqlite")]

REQUESTS = 40
WAIT_SECONDS = 60


def find_free_port() -> int:
    """Return a port that was free a moment ago."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Scraped:
    """A server whose metrics have a port of their own."""

    def __init__(self, process: ServerProcess, port: int) -> None:
        self.process = process
        self._url = f"http://127.0.0.1:{port}/metrics"

    def samples(self, url: str | None = None) -> Samples:
        """Return the metrics, by default of the port of their own."""
        return Samples(httpx.get(url or self._url, headers=AUTHORIZATION, timeout=WAIT_SECONDS).raise_for_status().text)

    def count(self, url: str | None = None) -> float:
        """Return the number of operations."""
        return self.samples(url).value("operations_total", operation="Type", outcome="ok")

    def wait_for_count(self, number: int) -> None:
        """Wait until the metrics contain this number of operations."""
        wait_until(lambda: self.count() == number, WAIT_SECONDS, f"{number} operations")

    def send(self, number: int) -> None:
        """Send operations, each on a connection of its own, so that all workers get some."""
        for _ in range(number):
            response = httpx.post(
                f"{self.process.url}/graphql", json={"query": "query Type { __typename }"}, timeout=60
            )
            assert response.is_success

    @property
    def workers(self) -> list[int]:
        """The ids of the worker processes."""
        children = psutil.Process(self.process.pid).children()
        return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]


@pytest.fixture
def scraped(tmp_path: Path, database_url: str) -> Iterator[Scraped]:
    """A server of two workers."""
    port = find_free_port()
    settings = {"WORKERS": "2", "METRICS_PORT": str(port), "METRICS_TOKEN": TOKEN, "RECORD_USAGE": "true"}
    with ServerProcess(tmp_path, database_url, **settings) as process:
        yield Scraped(process, port)


def test_counters_do_not_decrease_when_a_worker_is_killed(scraped: Scraped) -> None:
    scraped.send(REQUESTS)
    scraped.wait_for_count(REQUESTS)
    assert scraped.samples().value("workers") == 2
    (killed, _) = scraped.workers
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: scraped.samples().value("workers_ended_total") == 1, WAIT_SECONDS, "the end of the worker")
    assert scraped.count() == REQUESTS
    wait_until(lambda: scraped.samples().value("workers") == 2, WAIT_SECONDS, "the next worker")
    scraped.send(REQUESTS)
    scraped.wait_for_count(2 * REQUESTS)
    assert scraped.samples().value("request_places") == 20


def test_each_worker_returns_the_metrics_of_all(scraped: Scraped) -> None:
    scraped.send(REQUESTS)
    scraped.wait_for_count(REQUESTS)
    url = f"{scraped.process.url}/metrics"
    assert [scraped.count(url) for _ in range(6)] == [REQUESTS] * 6
    assert httpx.get(url, timeout=WAIT_SECONDS).status_code == 401


def test_single_process_serves_the_port(tmp_path: Path, database_url: str) -> None:
    port = find_free_port()
    with ServerProcess(tmp_path, database_url, METRICS_PORT=str(port)) as process:
        scraped = Scraped(process, port)
        scraped.send(3)
        assert scraped.count() == 3
        assert scraped.samples().value("http_connections") >= 0
        assert "allotment_http_connections" in scraped.samples().names
        assert httpx.get(f"{process.url}/metrics", timeout=WAIT_SECONDS).status_code == 404
