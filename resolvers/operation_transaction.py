"""Root fields of operations with @atomic or @dryRun."""

from collections.abc import Awaitable, Callable
from typing import Any

from resolvers.context import Context
from resolvers.mutation_result import MutationResult, to_mutation_result
from services.core.operation_transaction import OperationTransaction


async def perform_in_transaction(
    context: Context, transaction: OperationTransaction, name: str, perform: Callable[[], Awaitable[Any]]
) -> MutationResult:
    """Perform a root field. If it fails or is rejected, its transaction is rolled back, and its payload is read
    afterwards, like that of any other mutation."""
    with context.signal.stopping_task():
        await context.reset_reads()
        try:
            return await transaction.perform_field(
                name, lambda: to_mutation_result(perform()), lambda result: bool(result.user_errors)
            )
        finally:
            await context.reset_reads()
