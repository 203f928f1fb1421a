"""What monitoring adds to the execution of operations. Chosen once, when the executor of operations is built."""

from functools import partial
from typing import TYPE_CHECKING, Any

from executor import PlanCache
from server.config.setting_types import ExecutorName
from server.graphql.documents import DocumentCache
from server.graphql.executors import ExecuteFunction
from server.graphql.plan_caches import PLAN_CACHE
from server.monitoring.measured_documents import MeasuredDocumentCache
from server.telemetry.metrics.catalog import DOCUMENTS_CACHED, DOCUMENTS_PARSED
from server.telemetry.metrics.family import Family, single

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class OperationProbe:
    """Counts the documents that are parsed; traces with a tracer."""

    def __init__(self, tracer: "Tracer | None" = None) -> None:
        self._tracer = tracer
        self._documents: MeasuredDocumentCache | None = None
        self.plan_cache = PLAN_CACHE if tracer is None else _build_traced_plans(tracer)

    def build_documents(self, *arguments: Any, **options: Any) -> DocumentCache:
        """Build the cache of documents."""
        if self._tracer is None:
            self._documents = MeasuredDocumentCache(*arguments, **options)
        else:
            from server.monitoring.tracing import TracedDocumentCache

            self._documents = TracedDocumentCache(self._tracer, *arguments, **options)
        return self._documents

    def wrap(self, execute: ExecuteFunction, executor: ExecutorName) -> ExecuteFunction:
        """Return the function that executes operations, observed."""
        if self._tracer is not None and executor == "compiled":
            execute = partial(execute, plan_cache=self.plan_cache)
        if self._tracer is None:
            return execute
        from server.monitoring.tracing import trace_execution

        return trace_execution(self._tracer, execute)

    def collect(self) -> list[Family]:
        """Return the metrics."""
        if self._documents is None:
            return []
        return [single(DOCUMENTS_PARSED, self._documents.parsed), single(DOCUMENTS_CACHED, len(self._documents))]


def _build_traced_plans(tracer: "Tracer") -> PlanCache:
    from server.monitoring.tracing import build_traced_plans

    return build_traced_plans(tracer)
