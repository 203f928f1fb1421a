"""Turns of requests that are measured, and whose records are passed to observers."""

import logging
from asyncio import CancelledError
from collections.abc import Awaitable, Container, Sequence
from time import perf_counter
from typing import Any

from graphql import OperationType

from database.abort import AbortSignal
from database.fair_gate import Place
from database.shares import Group
from resolvers.context import Context
from server.config.settings import Settings
from server.graphql.cost_report import CostReport
from server.graphql.entity_tags import Validator
from server.graphql.errors import ErrorCode, find_code, original_error
from server.graphql.live_query import LiveQuery
from server.graphql.operations import ExecutableOperation, OperationExecutor, OperationNotAllowed
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
    ) -> None:
        super().__init__(operations, settings)
        self.admission: MeasuredAdmission = MeasuredAdmission(settings)
        self._observers = observers
        self.execute_event = self._execute_event
        self.execute_live = self._execute_live
        self._min_seconds = min_seconds
        """Only operations that take so long are observed."""
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
            if code and seconds >= self._min_seconds:
                counts = log.statements - statements, log.statement_seconds - statement_seconds
                self._observe(request, context, outcome, code, seconds, *counts)

    async def execute_charged(self, operation: ExecutableOperation, report: CostReport, used_bytes: int) -> Outcome:
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
        if seconds >= self._min_seconds:
            self._observe(request, context, outcome, outcome_code(outcome), seconds, *counts)
        return outcome

    def observe_streams(self, open_stream: OpenStream) -> OpenStream:
        """Return the function that opens subscriptions. The opening is observed as an operation, and each event as
        another one: so a field counts as used also if no event occurs."""

        async def open_observed(request: GraphQLRequest, context: Context) -> Outcome | ResultStream:
            started_at = perf_counter()
            opened = await open_stream(request, context)
            outcome = opened if isinstance(opened, Outcome) else None
            code = OK if outcome is None else outcome_code(outcome)
            if (seconds := perf_counter() - started_at) >= self._min_seconds:
                self._observe(request, context, outcome, code, seconds, 0, 0.0)
            return opened

        return open_observed

    def _observe(  # noqa: PLR0913, PLR0917 -- the parts of a record
        self,
        request: GraphQLRequest,
        context: Context,
        outcome: Outcome | None,
        code: str,
        seconds: float,
        statements: int,
        statement_seconds: float,
    ) -> None:
        reference = request.reference
        is_registered = self._requires_registration or (reference is not None and not reference.is_automatic)
        cost = None if outcome is None else outcome.cost
        record = OperationRecord(
            context, context.executed_operation, is_registered, code, cost, seconds, statements, statement_seconds
        )
        try:
            for observe in self._observers:
                observe(record)
        except Exception:  # must not affect the operation
            logger.exception("An operation could not be recorded")


def outcome_code(outcome: Outcome) -> str:
    """Return the code of the first error; OK if there is none."""
    errors = outcome.result.errors
    return find_code(original_error(errors[0])) if errors else OK
