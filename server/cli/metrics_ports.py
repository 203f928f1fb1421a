"""The port of the metrics: of one process, or of a supervisor for all of its workers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from socket import socket
from typing import Any

from server.cli.sockets import bind_sockets
from server.config.settings import Settings
from server.telemetry.metrics.family import Family
from server.telemetry.metrics.metric_sum import MetricSum
from server.telemetry.metrics.server import serve_metrics

LOOPBACK = "127.0.0.1"


@contextmanager
def serve_metrics_of_process(settings: Settings, collect: Callable[[], Iterable[Family]]) -> Iterator[None]:
    """Serve the metrics of this process at METRICS_PORT, if it is set."""
    with ExitStack() as stack:
        if settings.metrics_port:
            listeners = _bind(stack, settings.metrics_host, settings.metrics_port)
            stack.enter_context(serve_metrics(listeners, collect, settings.metrics_token.get_secret_value()))
        yield


@contextmanager
def serve_metrics_of_workers(settings: Settings) -> Iterator[tuple[MetricSum | None, dict[str, Any]]]:
    """Serve the sum of the metrics of all workers. Return it, and further options of the workers: where they find it
    for `/metrics` at PORT. That is a port of the loopback interface, which requires the token as well."""
    if not settings.has_metrics:
        yield None, {}
        return
    metrics, options = MetricSum(), dict[str, Any]()
    token = settings.metrics_token.get_secret_value()
    with ExitStack() as stack:
        stack.enter_context(serve_metrics_of_process(settings, metrics.collect))
        if token:
            listeners = _bind(stack, LOOPBACK, 0)
            options["metrics_of_workers"] = listeners[0].getsockname()[:2]
            stack.enter_context(serve_metrics(listeners, metrics.collect, token))
        yield metrics, options


def _bind(stack: ExitStack, host: str, port: int) -> list[socket]:
    listeners = [stack.enter_context(listener) for listener in bind_sockets(host, port)]
    for listener in listeners:
        listener.set_inheritable(False)
    return listeners
