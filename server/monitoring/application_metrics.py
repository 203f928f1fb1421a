"""The metrics of an application: what is counted, and what is looked at when the metrics are asked for."""

from platform import python_version
from typing import TYPE_CHECKING

from database.engine import Database
from database.replicas import Replicas
from server.config.settings import Settings
from server.config.version import program_version
from server.monitoring.database_metrics import SAMPLE_SECONDS, DatabaseMetrics
from server.monitoring.event_loop_lag import EventLoopLag
from server.monitoring.http_metrics import HttpMetrics
from server.monitoring.measured_turns import MeasuredAdmission
from server.monitoring.operation_metrics import OperationMetrics
from server.monitoring.periodic import Periodic
from server.monitoring.process_metrics import collect_process_metrics
from server.telemetry.metrics import catalog
from server.telemetry.metrics.family import Family, single

if TYPE_CHECKING:
    from server.monitoring.monitoring import MetricSource


class ApplicationMetrics:
    """The metrics of one process. They are collected in the order of the sources."""

    def __init__(self, settings: Settings, database: Database, replicas: Replicas | None) -> None:
        self.http = HttpMetrics()
        self.operations = OperationMetrics()
        self._database = DatabaseMetrics(database, replicas)
        self._event_loop = EventLoopLag()
        self._admission: MeasuredAdmission | None = None
        self._build = single(catalog.BUILD, 1, program_version(), python_version(), settings.database.dialect)
        self.sources: list[MetricSource] = [
            self.http.collect,
            self.operations.collect,
            self._collect_admission,
            self._database.collect,
            self._event_loop.collect,
            collect_process_metrics,
        ]

    def watch_admission(self, admission: MeasuredAdmission) -> None:
        """Include the places of requests."""
        self._admission = admission

    def start(self) -> list[Periodic]:
        """Begin to measure the event loop, and return what has to be called from time to time."""
        self._event_loop.start()
        return [Periodic(SAMPLE_SECONDS, self._database.sample)]

    def close(self) -> None:
        """Stop measuring the event loop."""
        self._event_loop.close()

    def collect(self) -> list[Family]:
        """Return the current metrics."""
        return [self._build, *(family for source in self.sources for family in source())]

    def _collect_admission(self) -> list[Family]:
        admission = self._admission
        if admission is None:
            return []
        return [
            single(catalog.REQUESTS_EXECUTING, admission.executing),
            single(catalog.REQUESTS_WAITING, admission.waiting),
            single(catalog.REQUEST_PLACES, admission.places),
            single(catalog.REQUESTS_REFUSED, admission.refused),
            Family(catalog.REQUEST_WAIT, {(): admission.wait.value()}),
        ]
