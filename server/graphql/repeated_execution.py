"""Executions that are repeated as a whole: on another server, or with other reads."""

from collections.abc import Awaitable, Callable

from graphql import ExecutionResult

from executor import Meter
from executor.meter import MeterCounts
from resolvers.context import Context

Execute = Callable[[], ExecutionResult | Awaitable[ExecutionResult]]


async def await_execution(execution: ExecutionResult | Awaitable[ExecutionResult]) -> ExecutionResult:
    """Return the result of an execution, which may have ended already."""
    return execution if isinstance(execution, ExecutionResult) else await execution


async def begin_again(context: Context, meter: Meter, counts: MeterCounts) -> None:
    """Discard what an execution has read and counted. `counts` are those before it."""
    meter.restore(counts)
    context.condition_points = context.skipped_rows = 0
    context.loaders.clear()
    await context.reader.expect_statements()
