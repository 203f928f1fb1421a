"""Root fields of operations with @atomic or @dryRun."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from resolvers.context import Context
from resolvers.mutation_result import MutationResult, to_mutation_result
from services.core.operation_transaction import OperationTransaction, TransactionMode


@asynccontextmanager
async def operation_transaction(
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


async def perform_in_transaction(
    context: Context, transaction: OperationTransaction, name: str, perform: Callable[[], Awaitable[Any]]
) -> MutationResult:
    """Perform a root field. If it fails or is rejected, its transaction is rolled back, and its payload is read
    afterwards, like that of any other mutation."""
    await transaction.begin_field(name)
    await context.reset_reads()
    try:
        result = await to_mutation_result(perform())
    except BaseException:
        await transaction.fail_field()
        await context.reset_reads()
        raise
    if result.user_errors:
        await transaction.fail_field()
        await context.reset_reads()
    return result
