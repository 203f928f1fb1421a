"""Turns of requests that are measured, and whose records are passed to observers."""

import logging
from asyncio import CancelledError
from collections.abc import Awaitable, Container, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from graphql import OperationType

from database.abort import AbortSignal
from database.fair_gate import Place
from database.shares import Group
from resolvers.context import Context
from server.config.settings import Settings
from server.graphql.cost_report import CostReport
from server.graphql.entity_tags import Validator
from server.graphql.errors import ErrorCode, find_code, original_error
from server.graphql.found_operation import FoundOperation, OperationNotAllowed
from server.graphql.live_query import LiveQuery
from server.graphql.operations import OperationExecutor
from server.graphql.outcome import Outcome
from server.graphql.request import GraphQLRequest
from server.graphql.result_stream import OpenStream, ResultStream
from server.graphql.subscription import Subscription
from server.http.admission import Admission
from server.http.overloaded import Overloaded
from server.http.request_turns import RequestTurns
from server.monitoring.operation_record import OK, Observer, OperationRecord
from server.telemetry.log_context import LogContext, log_context
from server.telemetry.metrics.catalog import REQUEST_WAIT
from server.telemetry.metrics.family import Histogram

if TYPE_CHECKING:
    from server.monitoring.operation_metrics import OperationMetrics

logger = logging.getLogger("allotment.monitoring")


class MeasuredAdmission(Admission):
    """An admission that measures the waits. Requests that need not wait cost nothing."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.wait = Histogram(REQUEST_WAIT.bounds)
        self.refused = 0

    async def enter(self, group: Group, signal: AbortSignal) -> Place:
        started_at = perf_counter()
        try:
            return await super().enter(group, signal)
        except Overloaded:
            self.refused += 1
            raise
        finally:
            self.wait.observe(perf_counter() - started_at)


class MeasuredTurns(RequestTurns):
    """Turns that call the observers with each operation that has ended."""

    def __init__(
        self,
        operations: OperationExecutor,
        settings: Settings,
        observers: Sequence[Observer],
        min_seconds: float,
        metrics: "OperationMetrics | None" = None,
    ) -> None:
        super().__init__(operations, settings)
        self.admission: MeasuredAdmission = MeasuredAdmission(settings)
        self._observers = observers
        self.execute_event = self._execute_event
        self.execute_live = self._execute_live
        self._metrics = metrics
        self._count = None if metrics is None else metrics.count
        """Called by each operation over HTTP, without the call of `_end`."""
        self._min_seconds = min_seconds
        """Only operations that take so long are passed to the observers."""
        self._ends_from = min_seconds if metrics is None else 0.0
        """Only the end of operations that take so long is noticed: metrics count all of them."""
        self._requires_registration = settings.persisted == "required"

    async def execute(
        self,
        request: GraphQLRequest,
        context: Context,
        allowed_types: Container[OperationType],
        idempotency_keys: Sequence[str] = (),
    ) -> Outcome:
        log = log_context.get() or LogContext("")
        statements, statement_seconds = log.statements, log.statement_seconds
        outcome, code = None, OK
        started_at = perf_counter()
        try:
            outcome = await super().execute(request, context, allowed_types, idempotency_keys)
        except OperationNotAllowed:
            code = ""  # the transport refuses the operation, or opens a stream of its results
            raise
        except BaseException as error:
            code = ErrorCode.ABORTED if isinstance(error, CancelledError) else find_code(error)
            raise
        else:
            if outcome.result.errors:
                code = outcome_code(outcome)
            return outcome
        finally:
            seconds = perf_counter() - started_at
            if code and seconds >= self._ends_from:
                statements = log.statements - statements
                statement_seconds = log.statement_seconds - statement_seconds
                count = self._count if seconds < self._min_seconds else None
                if count is None or not count(context, outcome, code, seconds, statements, statement_seconds):
                    self._end(request, context, outcome, code, seconds, statements, statement_seconds)

    async def execute_charged(self, operation: FoundOperation, report: CostReport, used_bytes: int) -> Outcome:
        execution = super().execute_charged(operation, report, used_bytes)
        return await self._measure(operation.request, operation.context, execution)

    async def _execute_event(self, subscription: Subscription, context: Context, event: Any) -> Outcome:
        execution = self.operations.execute_event(subscription, context, event)
        return await self._measure(subscription.request, context, execution)

    async def _execute_live(self, query: LiveQuery, context: Context, validator: Validator | None) -> Outcome:
        return await self._measure(query.request, context, self.operations.execute_live(query, context, validator))

    async def _measure(self, request: GraphQLRequest, context: Context, execution: Awaitable[Outcome]) -> Outcome:
        log = log_context.get() or LogContext("")
        statements, statement_seconds = log.statements, log.statement_seconds
        started_at = perf_counter()
        outcome = await execution
        counts = log.statements - statements, log.statement_seconds - statement_seconds
        seconds = perf_counter() - started_at
        if seconds >= self._ends_from:
            self._end(request, context, outcome, outcome_code(outcome), seconds, *counts)
        return outcome

    def observe_streams(self, open_stream: OpenStream) -> OpenStream:
        """Return the function that opens subscriptions. The opening is observed as an operation, and each event as
        another one: so a field counts as used also if no event occurs."""

        async def open_observed(request: GraphQLRequest, context: Context) -> Outcome | ResultStream:
            started_at = perf_counter()
            opened = await open_stream(request, context)
            outcome = opened if isinstance(opened, Outcome) else None
            code = OK if outcome is None else outcome_code(outcome)
            if (seconds := perf_counter() - started_at) >= self._ends_from:
                self._end(request, context, outcome, code, seconds, 0, 0.0)
            return opened

        return open_observed

    def _end(  # noqa: PLR0913, PLR0917 -- the parts of a record
        self,
        request: GraphQLRequest,
        context: Context,
        outcome: Outcome | None,
        code: str,
        seconds: float,
        statements: int,
        statement_seconds: float,
    ) -> None:
        """Count the operation, and pass it to the observers. Most operations need no record."""
        metrics = self._metrics
        is_counted = metrics is None or metrics.count(context, outcome, code, seconds, statements, statement_seconds)
        if is_counted and seconds < self._min_seconds:
            return
        reference = request.reference
        is_registered = self._requires_registration or (reference is not None and not reference.is_automatic)
        cost = None if outcome is None else outcome.cost
        record = OperationRecord(
            context, context.executed_operation, is_registered, code, cost, seconds, statements, statement_seconds
        )
        try:
            if metrics is not None and not is_counted:
                metrics.record(record)
            for observe in self._observers if seconds >= self._min_seconds else ():
                observe(record)
        except Exception:  # must not affect the operation
            logger.exception("An operation could not be recorded")


def outcome_code(outcome: Outcome) -> str:
    """Return the code of the first error; OK if there is none."""
    errors = outcome.result.errors
    return find_code(original_error(errors[0])) if errors else OK
