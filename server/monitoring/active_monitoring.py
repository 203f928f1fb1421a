"""Monitoring that is on: each part of it only if the settings ask for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

from starlette.routing import Route
from starlette.types import ASGIApp

from database.engine import Database
from database.replicas import Replicas
from server.config.settings import Settings
from server.graphql.operations import OperationExecutor
from server.graphql.result_stream import OpenStream
from server.http.request_turns import RequestTurns
from server.monitoring.measured_turns import MeasuredTurns
from server.monitoring.monitoring import Address, MetricSource, Monitoring
from server.monitoring.operation_probe import OperationProbe
from server.monitoring.periodic import Periodic
from server.monitoring.slow_operations import SlowOperationLog
from server.monitoring.statement_clock import StatementClock
from server.monitoring.usage_recorder import FLUSH_SECONDS, UsageRecorder
from server.telemetry.metrics.family import Family
from server.webhooks.client import Post

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from server.monitoring.application_metrics import ApplicationMetrics
    from server.monitoring.operation_record import Observer


class ActiveMonitoring(Monitoring):
    """The parts of monitoring that the settings ask for."""

    def __init__(
        self, settings: Settings, database: Database, replicas: Replicas | None, supervisor: Address | None = None
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._tracer = _load_tracer() if settings.traces else None
        self._observers: list[Observer] = []
        self._clock = StatementClock()
        self._turns: MeasuredTurns | None = None
        self.slow_log = SlowOperationLog(settings.slow_operation_ms) if settings.slow_operation_ms else None
        self.usage = UsageRecorder(database, settings.usage_keep_days) if settings.record_usage else None
        self._metrics = _build_metrics(settings, database, replicas) if settings.has_metrics else None
        if settings.has_metrics or self._tracer is not None:
            self.probe = OperationProbe(self._tracer)
        self._observe_operations()
        self._observe_statements(database, replicas)
        self._add_sources()

    def build_turns(self, operations: OperationExecutor, settings: Settings) -> RequestTurns:
        turns = self._turns = self._build_turns(operations, settings)
        if self._metrics is not None:
            self._metrics.watch_admission(turns.admission)
        return turns

    def observe_streams(self, open_stream: OpenStream) -> OpenStream:
        return open_stream if self._turns is None else self._turns.observe_streams(open_stream)

    def observe_webhooks(self, post: Post) -> Post:
        if self._tracer is None:
            return post
        from server.monitoring.tracing import trace_webhooks

        return trace_webhooks(self._tracer, post)

    def add_request_ids(self, app: ASGIApp) -> ASGIApp:
        if self._tracer is not None:
            from server.monitoring.http_tracing import TracingMiddleware

            app = TracingMiddleware(app, self._tracer)
        return super().add_request_ids(app) if self._metrics is None else self._metrics.http.add_request_ids(app)

    def routes(self) -> list[Route]:
        token = self._settings.metrics_token.get_secret_value()
        if not token:
            return []
        from server.monitoring.metrics_route import metrics_route

        return [metrics_route(self.collect, token, self._supervisor)]

    def add_source(self, source: MetricSource) -> None:
        if self._metrics is not None:
            self._metrics.sources.append(source)

    def collect(self) -> list[Family]:
        return [] if self._metrics is None else self._metrics.collect()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        periodic = [] if self.usage is None else [Periodic(FLUSH_SECONDS, self.usage.flush)]
        if self._metrics is not None:
            periodic += self._metrics.start()
        for each in periodic:
            each.start()
        try:
            yield
        finally:
            for each in periodic:
                await each.close()
            if self._metrics is not None:
                self._metrics.close()
            if self.usage is not None:
                await self.usage.flush()

    def _build_turns(self, operations: OperationExecutor, settings: Settings) -> MeasuredTurns:
        only_slow = self.slow_log is not None and len(self._observers) == 1
        min_seconds = settings.slow_operation_ms / 1000 if only_slow else 0.0 if self._observers else inf
        metrics = None if self._metrics is None else self._metrics.operations
        if self._tracer is None:
            return MeasuredTurns(operations, settings, self._observers, min_seconds, metrics)
        from server.monitoring.tracing import TracedTurns

        return TracedTurns(self._tracer, operations, settings, self._observers, min_seconds, metrics)

    def _observe_operations(self) -> None:
        self._observers += [part.record for part in (self.slow_log, self.usage) if part is not None]
        if self._tracer is not None:
            from server.monitoring.tracing import describe_operation

            self._observers.append(describe_operation)

    def _observe_statements(self, database: Database, replicas: Replicas | None) -> None:
        """Measure the statements, unless only the usage of fields is recorded."""
        members = [] if replicas is None else replicas.members
        for each in (database, *(replica.database for replica in members)):
            if self.slow_log is not None or self._metrics is not None:
                self._clock.measure(each)
            if self._tracer is not None:
                from server.monitoring.tracing import StatementTracer

                StatementTracer(self._tracer).listen(each)

    def _add_sources(self) -> None:
        for source in (self._clock, self.slow_log, self.usage, self.probe):
            if source is not None:
                self.add_source(source.collect)


def _build_metrics(settings: Settings, database: Database, replicas: Replicas | None) -> "ApplicationMetrics":
    from server.monitoring.application_metrics import ApplicationMetrics

    return ApplicationMetrics(settings, database, replicas)


def _load_tracer() -> "Tracer":
    from server.telemetry.tracer import load_tracer

    return load_tracer()


def build_monitoring(
    settings: Settings, database: Database, replicas: Replicas | None, supervisor: Address | None = None
) -> Monitoring:
    """Build what the settings ask for. `supervisor` is where the metrics of all worker processes are."""
    is_on = settings.has_metrics or settings.traces or settings.slow_operation_ms or settings.record_usage
    return ActiveMonitoring(settings, database, replicas, supervisor) if is_on else Monitoring()
