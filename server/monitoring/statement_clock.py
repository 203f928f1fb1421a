"""Measures the messages to the database, in all and for each request."""

from bisect import bisect_left
from typing import Any

from sqlalchemy import event

from database.engine import Database
from server.telemetry.log_context import log_context
from server.telemetry.metrics.catalog import STATEMENT_ERRORS, STATEMENTS
from server.telemetry.metrics.family import Family, Histogram, single

_BOUNDS = STATEMENTS.bounds


class StatementClock:
    """Counts the SQL statements and their time. Those of a transaction that are sent in one message count once."""

    def __init__(self) -> None:
        self._durations = Histogram(STATEMENTS.bounds)
        self._errors = 0

    def measure(self, database: Database) -> None:
        """Measure the statements of a database from now on."""
        database.measure_statements(self._observe)
        for engine in {database.read_engine.sync_engine, database.write_engine.sync_engine}:
            event.listen(engine, "handle_error", self._count_error)

    def collect(self) -> list[Family]:
        """Return the metrics."""
        return [Family(STATEMENTS, {(): self._durations.value()}), single(STATEMENT_ERRORS, self._errors)]

    def _observe(self, seconds: float) -> None:
        durations = self._durations
        durations.counts[bisect_left(_BOUNDS, seconds)] += 1  # as Histogram.observe, without its call
        durations.total += seconds
        context = log_context.get()
        if context is not None:
            context.statements += 1
            context.statement_seconds += seconds

    def _count_error(self, _failure: Any) -> None:
        self._errors += 1
