"""The connection of monitoring to the application: what the composition root asks for. Here nothing is observed."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.routing import Route
from starlette.types import ASGIApp

from server.config.settings import Settings
from server.graphql.operations import OperationExecutor
from server.graphql.result_stream import OpenStream
from server.http.request_id import RequestIdMiddleware
from server.http.request_turns import RequestTurns
from server.telemetry.metrics.family import Family
from server.webhooks.client import Post

if TYPE_CHECKING:
    from server.monitoring.operation_probe import OperationProbe

Address = tuple[str, int]
MetricSource = Callable[[], Iterable[Family]]
"""Returns metrics when they are asked for. It may be called in another thread than that of the event loop."""


class Monitoring:
    """Monitoring that is off: the application consists of the same objects as without it."""

    probe: "OperationProbe | None" = None
    """What is added to the execution of operations."""

    def build_turns(self, operations: OperationExecutor, settings: Settings) -> RequestTurns:
        """Build the turns of requests."""
        return RequestTurns(operations, settings)

    def observe_streams(self, open_stream: OpenStream) -> OpenStream:
        """Return the function that opens subscriptions, observed."""
        return open_stream

    def observe_webhooks(self, post: Post) -> Post:
        """Return the function that sends deliveries to webhooks, observed."""
        return post

    def add_request_ids(self, app: ASGIApp) -> ASGIApp:
        """Wrap the application in what each HTTP request passes."""
        return RequestIdMiddleware(app)

    def routes(self) -> list[Route]:
        """Return the routes of the application."""
        return []

    def add_source(self, source: MetricSource) -> None:
        """Add metrics of another part of the application. Without metrics, this has no effect."""

    def collect(self) -> list[Family]:
        """Return the current metrics."""
        return []

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Observe what has no request while the application runs."""
        yield
