"""The port of the metrics, which answers in a thread of its own."""

import socket
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from server.telemetry.metrics.catalog import WORKERS
from server.telemetry.metrics.family import Family, single
from server.telemetry.metrics.server import serve_metrics
from tests.monitoring.metric_samples import AUTHORIZATION, TOKEN, Samples


def collect() -> list[Family]:
    """Return one metric."""
    return [single(WORKERS, 3)]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that is bound to a free port."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


def url_of(listener: socket.socket, path: str = "/metrics") -> str:
    """Return a URL of the port."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}{path}"


def test_metrics_are_served(listener: socket.socket) -> None:
    with serve_metrics([listener], collect):
        assert Samples(httpx.get(url_of(listener)).text).value("workers") == 3
        assert httpx.get(url_of(listener, "/")).status_code == 404
        assert httpx.post(url_of(listener)).status_code == 501
        assert "python" not in httpx.get(url_of(listener)).headers["server"].lower()


def test_token_is_required_if_there_is_one(listener: socket.socket) -> None:
    with serve_metrics([listener], collect, TOKEN):
        assert httpx.get(url_of(listener)).status_code == 401
        assert httpx.get(url_of(listener), headers={"Authorization": "Bearer x"}).status_code == 401
        assert httpx.get(url_of(listener), headers=AUTHORIZATION).status_code == 200


def test_client_that_sends_nothing_delays_no_other(listener: socket.socket) -> None:
    with serve_metrics([listener], collect), closing(socket.socket()) as silent:
        silent.connect(listener.getsockname())
        assert httpx.get(url_of(listener)).status_code == 200


def test_port_is_free_afterwards(listener: socket.socket) -> None:
    with serve_metrics([listener], collect):
        url = url_of(listener)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
