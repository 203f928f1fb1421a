"""Execution of requests in turn, for all transports: with a place among those that are executed, and a deadline."""

from collections.abc import Awaitable, Callable, Container, Sequence
from typing import Any, TypeVar

from graphql import ExecutionResult, GraphQLError, OperationType
from starlette.types import Receive

from database.abort import RequestAborted
from database.outage import CommitResultUnknown
from resolvers.context import Context
from server.config.settings import Settings
from server.graphql.cost_report import CostReport
from server.graphql.errors import original_error
from server.graphql.found_operation import FoundOperation, OperationNotAllowed
from server.graphql.operations import OperationExecutor
from server.graphql.outcome import Outcome, refuse_document
from server.graphql.persisted_documents import PersistedDocuments
from server.graphql.request import GraphQLRequest
from server.http.admission import Admission
from server.http.idempotency_key import read_idempotency_key
from server.http.request_memory import RequestMemory
from server.http.request_watch import RequestWatch
from server.telemetry.log_context import log_context

Result = TypeVar("Result")


class RequestTurns:
    """The turns of the requests of one process. Transports differ in how they receive requests and send results."""

    def __init__(self, operations: OperationExecutor, settings: Settings) -> None:
        self.limits = operations.limits
        self.memory = RequestMemory(settings.max_request_memory_bytes)
        """The memory of large requests and responses of all transports."""
        self._watch = RequestWatch(settings.request_timeout)
        self.admission = Admission(settings)
        self.operations = operations
        self.execute_event = operations.execute_event
        self.execute_live = operations.execute_live
        """Executes the selection of a subscription for one event. To be called in a turn."""
        self._persisted = PersistedDocuments(settings.persisted)

    async def run(
        self, context: Context, receive: Receive, function: Callable[..., Awaitable[Result]], *arguments: Any
    ) -> Result | Outcome:
        """Wait for a place and call the function with the arguments. The request is aborted at its deadline, or when
        `receive` returns a disconnect. The caller leaves `context.place`, when it has encoded the result."""
        group = context.credentials.group
        watched = self._watch.start(receive, context)
        try:
            context.place = self.admission.try_enter(group) or await self.admission.enter(group, context.signal)
            return await function(*arguments)
        except RequestAborted as error:
            return _aborted(error)
        finally:
            self._watch.finish(watched)

    async def execute(
        self,
        request: GraphQLRequest,
        context: Context,
        allowed_types: Container[OperationType],
        idempotency_keys: Sequence[str] = (),
    ) -> Outcome:
        """Execute the request; raise BadInput or OperationNotAllowed as OperationExecutor does, RequestAborted if it
        was aborted before anything was performed."""
        update_log_context(context, request)
        try:
            if idempotency_keys or request.reference is not None or self._persisted.is_required:
                outcome = await self._find_and_execute(request, context, allowed_types, idempotency_keys)
            else:
                outcome = await self.operations.execute(request, context, allowed_types)
        except OperationNotAllowed:
            raise  # nothing was read, and the transport may open the operation as a subscription
        except BaseException:
            await context.reader.close()
            raise
        await context.reader.close()
        if context.signal.reason is not None and not context.has_written and not _is_unknown(outcome.result):
            raise RequestAborted(context.signal.reason)
        return outcome

    async def find_document(self, request: GraphQLRequest, context: Context) -> GraphQLRequest:
        """Return the request with the document that it refers to; raise the errors of PersistedDocuments."""
        return await self._persisted.resolve(request, context) if self._persisted.must_resolve(request) else request

    def remember_document(self, request: GraphQLRequest) -> None:
        """Store the document of an automatic persisted query. It was valid and charged."""
        if request.reference is not None:
            self._persisted.remember(request)

    async def _find_and_execute(
        self,
        request: GraphQLRequest,
        context: Context,
        allowed_types: Container[OperationType],
        idempotency_keys: Sequence[str],
    ) -> Outcome:
        """Find the document if the request contains only its id, and execute the operation."""
        try:
            request = await self.find_document(request, context)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return refuse_document(error)
        if idempotency_keys:
            context.idempotency_key = read_idempotency_key(idempotency_keys, request)
        outcome = await self.operations.execute(request, context, allowed_types)
        if outcome.was_charged:
            self.remember_document(request)
        return outcome

    async def find_operation(
        self, request: GraphQLRequest, context: Context, allowed_types: Container[OperationType]
    ) -> FoundOperation | Outcome:
        """Find an operation of a batch, without executing it; raise BadInput or OperationNotAllowed as `execute`."""
        update_log_context(context, request)
        try:
            request = await self.find_document(request, context)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return refuse_document(error)
        return await self.operations.find_operation(request, context, allowed_types)

    async def charge_together(self, operations: Sequence[FoundOperation]) -> tuple[list[CostReport], Exception | None]:
        """Charge the operations of a batch. Return the report of each, and the error that refuses all."""
        reports, error = await self.operations.charge_together(operations)
        for operation in operations if error is None else ():
            self.remember_document(operation.request)
        return reports, error

    async def execute_charged(self, operation: FoundOperation, report: CostReport, used_bytes: int) -> Outcome:
        """Execute an operation of a batch. If the request is aborted before anything of it was performed, the outcome
        is that error."""
        context = operation.context
        update_log_context(context, operation.request)
        if context.signal.reason is not None:
            report.settle(0)
            return _aborted(RequestAborted(context.signal.reason))
        try:
            outcome = await self.operations.execute_charged(operation, report, used_bytes)
        finally:
            await context.reader.close()
        reason = context.signal.reason
        if reason is not None and not context.has_written and not _is_unknown(outcome.result):
            return _aborted(RequestAborted(reason))
        return outcome


def _aborted(error: RequestAborted) -> Outcome:
    """Return the outcome of a request of which nothing was performed."""
    message = f"{error} Nothing was performed."
    return Outcome(ExecutionResult(None, [GraphQLError(message, original_error=error)]))


def _is_unknown(result: ExecutionResult) -> bool:
    """Return whether it is unknown if a mutation was performed."""
    return any(isinstance(original_error(error), CommitResultUnknown) for error in result.errors or ())


def update_log_context(context: Context, graphql_request: GraphQLRequest) -> None:
    """Add the tenant, the user and the operation's name to all further log lines of the request."""
    if (log := log_context.get()) is not None:
        log.operation = graphql_request.operation_name
        log.tenant, log.user = context.credentials.tenant, context.credentials.user_id
