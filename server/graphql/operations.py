"""Execution of a GraphQL request: load the document, check the type of the operation, and execute it."""

from collections.abc import Awaitable, Container, Sequence
from functools import partial
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType

import executor
from executor import BASE_COST, ExecutionStopped, Meter, PlanCache, ResponseTooLarge, Slicing
from resolvers.context import Context
from server.config.operation_limits import OperationLimits
from server.graphql.conditional_execution import execute_if_changed
from server.graphql.cost_charge import charge_buckets, find_charged_buckets, known_buckets
from server.graphql.cost_limit import OperationCostLimits
from server.graphql.cost_report import CostReport
from server.graphql.documents import DocumentCache, ValidatedDocument
from server.graphql.entity_tags import Validator
from server.graphql.executors import ExecuteFunction
from server.graphql.filter_variables import find_missing_values
from server.graphql.found_operation import FoundOperation, OperationNotAllowed
from server.graphql.live_query import LiveQuery, build_live_query
from server.graphql.lookup_execution import execute_lookup, note_reads, prepare_lookup
from server.graphql.outcome import Outcome, PartlyEncodedResult, refuse, refuse_document
from server.graphql.plan_caches import PLAN_CACHE
from server.graphql.repeated_execution import Execute, await_execution, prepare_fallback
from server.graphql.replica_execution import execute_query
from server.graphql.request import GraphQLRequest
from server.graphql.response_encoding import encode_part
from server.graphql.subscription import Subscription, build_subscription
from server.graphql.transaction_execution import execute_in_transaction
from services.core.cost.budgets import Charge, ChargedBuckets
from services.core.errors import BadInput

CHARACTERS_PER_POINT = 10
"""How many characters of a document cost a point when it is parsed and validated, which its cost does not include."""
REQUEST_POINTS = 100
"""The processor time of a request apart from its operation corresponds to about so many points."""
_SUBSCRIPTION_TYPES = frozenset({OperationType.SUBSCRIPTION})


class OperationExecutor:
    """Executes GraphQL requests on one schema."""

    def __init__(  # noqa: PLR0913 -- keywords
        self,
        schema: GraphQLSchema,
        documents: DocumentCache,
        execute: ExecuteFunction,
        limits: OperationLimits,
        *,
        plan_cache: PlanCache = PLAN_CACHE,
        traced_execute: ExecuteFunction | None = None,
    ) -> None:
        self.schema = schema
        self._documents = documents
        self._execute = execute
        self._traced_execute = traced_execute or execute
        """Executes the operations whose trace was asked for."""
        self.plan_cache = plan_cache
        self.limits = limits
        self.cost_limits = OperationCostLimits(limits)

    def prepare(self, text: str) -> bool:
        """Parse, validate and compile a document before it is requested. Return whether it is valid."""
        if (validated := self.load_valid(text)) is None:
            return False
        for name in validated.operations:
            executor.prepare(self.schema, validated.document, name, self.plan_cache)
        return True

    def load_valid(self, text: str) -> ValidatedDocument | None:
        """Parse and validate a document, for which nothing is charged. Return None if it is not valid."""
        try:
            validated = self._documents.load(text)
        except (GraphQLError, BadInput, RecursionError):
            return None
        return None if validated.errors else validated

    def check_query(self, text: str, operation_name: str | None) -> None:
        """Raise BadInput unless the document is valid and contains a query of this name."""
        try:
            validated = self._documents.load(text)
        except (GraphQLError, RecursionError) as error:
            raise BadInput(f"The document is not valid: {error}") from None
        if validated.errors:
            raise BadInput(f"The document is not valid: {validated.errors[0].message}")
        if validated.find_operation(operation_name).type is not OperationType.QUERY:
            raise BadInput("The operation of the document is not a query.")

    async def execute(
        self, request: GraphQLRequest, context: Context, allowed_types: Container[OperationType]
    ) -> Outcome:
        """Execute the request. A result with errors and without data means that it was not executed.

        Raise BadInput if the document has no such operation, OperationNotAllowed if its type is not allowed."""
        found = await self.find_operation(request, context, allowed_types)
        if isinstance(found, Outcome):
            return found
        return await self._execute_within_limits(found)

    async def subscribe(self, request: GraphQLRequest, context: Context) -> Outcome | Subscription | LiveQuery:
        """Validate a subscription or a live query, and charge it as much as an operation without a selection."""
        found = await self.find_operation(request, context, _SUBSCRIPTION_TYPES)
        if isinstance(found, Outcome):
            return found
        report = CostReport()
        try:
            requested = report.requested = self.cost_limits.compute_cost(found)
            buckets = found.buckets
            report.charge = buckets.try_charge(requested) or await charge_buckets(context, buckets, requested)
            if found.operation.type is OperationType.QUERY:
                return build_live_query(found.document, found.operation, request)
            return build_subscription(self.schema, found.document, found.operation, request)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            report.refuse(error)
            return Outcome(refuse(error), report)
        finally:
            report.settle(BASE_COST)

    async def execute_event(self, subscription: Subscription, context: Context, event: Any) -> Outcome:
        """Execute the selection of a subscription for one event."""
        buckets = known_buckets(context) or await find_charged_buckets(context)
        document, operation, request = subscription.document, subscription.operation, subscription.request
        return await self._execute_within_limits(FoundOperation(document, operation, buckets, request, context, event))

    async def execute_live(self, query: LiveQuery, context: Context, validator: Validator | None) -> Outcome:
        """Execute a live query once more, on the primary: a replica may not have the change that is the reason."""
        buckets = known_buckets(context) or await find_charged_buckets(context)
        request = query.request.with_validator(validator)
        found = FoundOperation(query.document, query.operation, buckets, request, context, reads_primary=True)
        return await self._execute_within_limits(found)

    async def find_operation(
        self, request: GraphQLRequest, context: Context, allowed_types: Container[OperationType]
    ) -> FoundOperation | Outcome:
        """Return the operation if it is valid, otherwise its errors. Raise as `execute` does."""
        try:
            buckets = known_buckets(context) or await find_charged_buckets(context)
            validated = self._documents.get(request.query)
            if validated is None:
                validated = await self._load_document(request.query, context, buckets)
        except GraphQLError as error:
            return Outcome(ExecutionResult(None, [error]))
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return refuse_document(error)
        operation = validated.find_operation(request.operation_name)
        is_live = operation.has_live_directive
        delivery_type = operation.delivery_type(request.variables) if is_live else operation.type
        if delivery_type not in allowed_types:
            raise OperationNotAllowed(delivery_type)
        filters = operation.filter_variables
        if errors := validated.errors or (filters and find_missing_values(filters, request.variables)):
            return Outcome(ExecutionResult(None, errors))
        context.operation = operation.name
        context.executed_operation = operation
        return FoundOperation(validated, operation, buckets, request, context)

    async def _load_document(self, text: str, context: Context, buckets: ChargedBuckets) -> ValidatedDocument:
        """Parse and validate a document that is not cached. Its length is charged."""
        points = min(len(text) // CHARACTERS_PER_POINT, self.limits.cost_anonymous)
        await charge_buckets(context, buckets, points)
        if context.trace is None:
            return self._documents.load(text)
        with context.trace.phase("parse and validate"):
            return self._documents.load(text)

    async def charge_together(self, operations: Sequence[FoundOperation]) -> tuple[list[CostReport], Exception | None]:
        """Charge the operations of one request at once. Return the report of each, and the error that refuses all."""
        reports = [CostReport() for _ in operations]
        buckets, context = operations[0].buckets, operations[0].context
        try:
            for operation, report in zip(operations, reports, strict=True):
                report.requested = self.cost_limits.compute_cost(operation)
            total = sum(report.requested for report in reports)
            self.cost_limits.check_total(total, context.credentials, is_anonymous=buckets.is_anonymous)
            if buckets.try_charge(total) is None:
                await charge_buckets(context, buckets, total)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            for report in reports:
                report.refuse(error)
            return reports, error
        for report in reports:
            report.charge = Charge(buckets, report.requested)
        return reports, None

    async def _execute_within_limits(self, found: FoundOperation) -> Outcome:
        report = CostReport()
        try:
            requested = report.requested = self.cost_limits.compute_cost(found)
            buckets = found.buckets
            report.charge = buckets.try_charge(requested) or await charge_buckets(found.context, buckets, requested)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            report.refuse(error)
            return Outcome(refuse(error), report)
        return await self.execute_charged(found, report)

    async def execute_charged(self, found: FoundOperation, report: CostReport, used_bytes: int = 0) -> Outcome:
        """Execute an operation that was charged. Of the bytes that a response may have, others have used some."""
        request, context = found.request, found.context
        meter = Meter(self.limits.response_bytes - used_bytes)
        try:
            begin = self._begin if context.trace is None else self._execute_observed
            execution = begin(found, meter)
            result = execution if isinstance(execution, ExecutionResult) else await execution
            if meter.has_encoded_objects:
                result = PartlyEncodedResult(result.data, result.errors)
        except ExecutionStopped as error:
            result = refuse(self._with_whole_limit(error))
        finally:
            # What an aborted operation has cost in the database is not known.
            points = BASE_COST + meter.points + context.written_points + context.condition_points
            actual = points if context.signal.reason is None else report.requested
            report.settle(actual, meter.abandoned_points)
            if context.place is not None:
                context.place.count(REQUEST_POINTS + report.actual)
        if request.validator is None:
            return Outcome(result, report)
        return Outcome(result, report, *request.validator.finding)

    async def _execute_observed(self, found: FoundOperation, meter: Meter) -> ExecutionResult:
        """Execute an operation whose trace was asked for."""
        with found.context.trace.observe():
            return await await_execution(self._begin(found, meter))

    def _begin(self, found: FoundOperation, meter: Meter) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Begin an execution in the way that the operation needs."""
        operation, request, context = found.operation, found.request, found.context
        validator = request.validator
        execute: Execute = partial(self._execute_once, found, meter)
        if validator is not None:
            execute = partial(execute_if_changed, validator, request, operation, context, execute)
        mode = operation.transaction_mode
        if mode is not None:
            return execute_in_transaction(mode, operation, context, meter, execute)
        if (replicas := context.services.replicas) is not None and _may_use_replica(found):
            return execute_query(replicas, context, meter, execute)
        if validator is None and (identity := prepare_lookup(operation, context)) is not None:
            return execute_lookup(identity, operation, context, meter, execute)
        execution = execute()
        if operation.needs_lookup is not None:
            return execution
        if not isinstance(execution, ExecutionResult):
            return _await_and_note_reads(execution, found)
        note_reads(operation, request, context, execution)
        return execution

    def _with_whole_limit(self, error: ExecutionStopped) -> ExecutionStopped:
        """Return the error with the limit of the whole response, which may contain the results of other operations."""
        if not isinstance(error, ResponseTooLarge):
            return error
        limit = self.limits.response_bytes
        return ResponseTooLarge(error.size + limit - error.limit, limit)

    def _execute_once(self, found: FoundOperation, meter: Meter) -> ExecutionResult | Awaitable[ExecutionResult]:
        request, context, place = found.request, found.context, found.context.place
        execute = self._execute if context.trace is None else self._traced_execute
        return execute(
            self.schema,
            found.document.document,
            found.root_value,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
            on_fallback=partial(prepare_fallback, context, context.read_counts),
            meter=meter,
            slicing=Slicing(encode_part, context.trim_reads, None if place is None else place.must_yield),
        )


def _may_use_replica(found: FoundOperation) -> bool:
    """Return whether the operation may be executed on a replica."""
    return found.operation.type is OperationType.QUERY and not found.reads_primary


async def _await_and_note_reads(execution: Awaitable[ExecutionResult], found: FoundOperation) -> ExecutionResult:
    result = await execution
    note_reads(found.operation, found.request, found.context, result)
    return result
