"""The metrics of operations: plain numbers while requests are answered, families when they are asked for."""

from bisect import bisect_left

from resolvers.context import Context
from server.graphql.outcome import Outcome
from server.monitoring.operation_names import UNNAMED, OperationNames
from server.monitoring.operation_record import OperationRecord
from server.telemetry.metrics import catalog
from server.telemetry.metrics.family import Family, Labels, Value, single

_BOUNDS = catalog.SECONDS


class _Totals:
    """The totals of the operations with one label."""

    __slots__ = ("buckets", "outcomes", "points", "seconds", "statement_seconds", "statements")

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {}
        self.buckets = [0] * (len(_BOUNDS) + 1)
        self.seconds = 0.0
        self.points = 0
        self.statements = 0
        self.statement_seconds = 0.0

    def add(self, record: OperationRecord) -> None:
        """Add an operation. OperationMetrics.count does the same without a record, and without this call."""
        self.outcomes[record.outcome] = self.outcomes.get(record.outcome, 0) + 1
        self.buckets[bisect_left(_BOUNDS, record.seconds)] += 1
        self.seconds += record.seconds
        self.statements += record.statements
        self.statement_seconds += record.statement_seconds
        if record.cost is not None:
            self.points += record.cost.actual


class OperationMetrics:
    """Counts operations by name and outcome."""

    def __init__(self) -> None:
        self._names = OperationNames()
        self._totals: dict[str, _Totals] = {}
        """The totals by label. A name that has a label of its own is its label."""
        self._fallbacks = 0

    def count(  # noqa: PLR0913, PLR0917 -- the parts of a record, which most operations do without
        self,
        context: Context,
        outcome: Outcome | None,
        code: str,
        seconds: float,
        statements: int,
        statement_seconds: float,
    ) -> bool:
        """Count an operation whose name has a label; return False if it has none yet. Then call `record`."""
        operation = context.executed_operation
        totals = None if operation is None else self._totals.get(operation.name or UNNAMED)
        if totals is None:
            return False
        outcomes = totals.outcomes
        outcomes[code] = outcomes.get(code, 0) + 1
        totals.buckets[bisect_left(_BOUNDS, seconds)] += 1
        totals.seconds += seconds
        totals.statements += statements
        totals.statement_seconds += statement_seconds
        if outcome is not None and outcome.cost is not None:
            totals.points += outcome.cost.actual
        if context.fallbacks:
            self._fallbacks += context.fallbacks
        return True

    def record(self, record: OperationRecord) -> None:
        """Count an operation whose name may have no label yet."""
        totals = self._totals.setdefault(self._names.label(record), _Totals())
        totals.add(record)
        self._fallbacks += record.context.fallbacks

    def collect(self) -> list[Family]:
        """Return the totals."""
        all_totals = list(self._totals.items())
        outcomes: dict[Labels, Value] = {
            (label, str(outcome)): count
            for label, totals in all_totals
            for outcome, count in list(totals.outcomes.items())
        }
        return [
            single(catalog.FALLBACKS, self._fallbacks),
            Family(catalog.OPERATIONS, outcomes),
            Family(catalog.OPERATION_DURATION, {(label,): [*each.buckets, each.seconds] for label, each in all_totals}),
            Family(catalog.OPERATION_POINTS, {(label,): each.points for label, each in all_totals}),
            Family(catalog.OPERATION_STATEMENTS, {(label,): each.statements for label, each in all_totals}),
            Family(
                catalog.OPERATION_STATEMENT_SECONDS,
                {(label,): each.statement_seconds for label, each in all_totals},
            ),
        ]
