"""Execution of mutation operations with @atomic or @dryRun: in a transaction, again after a lost race, and with the
errors of the fields that were rolled back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from graphql import ExecutionResult, GraphQLError

from executor import Meter
from resolvers.context import Context
from server.graphql.document_operation import DocumentOperation
from services.core.errors import OperationRolledBack
from services.core.operation_transaction import OperationTransaction, TransactionMode
from services.core.use_case import MAX_ATTEMPTS, pause_before_retry

Execute = Callable[[], ExecutionResult | Awaitable[ExecutionResult]]


async def execute_in_transaction(
    mode: TransactionMode, operation: DocumentOperation, context: Context, meter: Meter, execute: Execute
) -> ExecutionResult:
    """Execute an operation whose directives require it, and again after a lost race."""
    counts = meter.save()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        async with _begin(context, mode, is_last_attempt=attempt == MAX_ATTEMPTS) as transaction:
            result = await _execute_and_finish(transaction, operation, context, execute)
        if transaction.lost_race is None:
            return result
        await pause_before_retry(attempt)
        meter.restore(counts)
        context.written_points = context.condition_points = 0
        if context.idempotency_key is not None:
            context.idempotency_key.restart()
    raise AssertionError("unreachable")


@asynccontextmanager
async def _begin(
    context: Context, mode: TransactionMode, *, is_last_attempt: bool
) -> AsyncIterator[OperationTransaction]:
    """Let all reads and writes of the block use one transaction, which is rolled back unless the block commits it."""
    transaction = context.transaction = OperationTransaction(
        context.services.database,
        context.credentials,
        mode,
        signal=context.signal,
        load_request=context.describe_request,
        is_last_attempt=is_last_attempt,
    )
    await context.reader.read_from(transaction)
    try:
        yield transaction
    finally:
        context.transaction = None
        await transaction.roll_back()
        context.loaders.clear()
        await context.reader.read_from(None)


async def _execute_and_finish(
    transaction: OperationTransaction, operation: DocumentOperation, context: Context, execute: Execute
) -> ExecutionResult:
    execution = execute()
    result = execution if isinstance(execution, ExecutionResult) else await execution
    if transaction.mode.is_atomic and transaction.failed_field is None:
        transaction.failed_field = _find_failed_field(result)
    try:
        context.has_written = await transaction.finish()
    except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
        return _replace_payloads(result, operation, None, error)
    failed_field = transaction.failed_field
    if failed_field is None:
        return result
    replaced = _replace_payloads(result, operation, failed_field, OperationRolledBack(failed_field))
    if transaction.has_failed_read and replaced.data is not None:
        replaced.data[failed_field] = None
    return replaced


def _find_failed_field(result: ExecutionResult) -> str | None:
    """Return the first root field that failed before its resolver was called, because of an argument."""
    paths = (error.path for error in result.errors or ())
    return next((str(path[0]) for path in paths if path and len(path) == 1), None)


def _replace_payloads(
    result: ExecutionResult, operation: DocumentOperation, failed_field: str | None, reason: Exception
) -> ExecutionResult:
    """Return the result with null and an error for each root field, except the one that failed: it keeps its payload
    and its errors."""
    if result.data is None:
        return result
    mutations = {node.alias.value if node.alias else node.name.value: node for node in operation.mutations()}
    errors = [error for error in result.errors or () if _is_retained(error, failed_field)]
    failed = {error.path[0] for error in errors if error.path}
    data: dict[str, Any] = dict(result.data)
    for name in data:
        if name not in mutations or name == failed_field:
            continue
        data[name] = None
        if name not in failed:
            errors.append(GraphQLError(str(reason), mutations[name], path=[name], original_error=reason))
    names = list(data)
    return ExecutionResult(data, sorted(errors, key=lambda error: names.index(str((error.path or names)[0]))))


def _is_retained(error: GraphQLError, failed_field: str | None) -> bool:
    return not error.path or len(error.path) == 1 or error.path[0] == failed_field
