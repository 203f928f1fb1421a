"""Executions that are repeated: on another server, with other reads, or by graphql-core."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Self

from graphql import ExecutionResult

from database.lookup import LookupFailed
from executor import Meter
from executor.meter import MeterCounts
from resolvers.context import Context, ReadCounts

Execute = Callable[[], ExecutionResult | Awaitable[ExecutionResult]]


class Counts(NamedTuple):
    """What the request had cost before an execution. Earlier operations of a batch have skipped rows, too."""

    meter: MeterCounts
    reads: ReadCounts

    @classmethod
    def save(cls, context: Context, meter: Meter) -> Self:
        """Return the counts before an execution."""
        return cls(meter.save(), context.read_counts)


async def await_execution(execution: ExecutionResult | Awaitable[ExecutionResult]) -> ExecutionResult:
    """Return the result of an execution, which may have ended already."""
    return execution if isinstance(execution, ExecutionResult) else await execution


async def begin_again(context: Context, meter: Meter, counts: Counts) -> None:
    """Discard what an execution has read and counted since these counts were saved."""
    meter.restore(counts.meter)
    await context.discard_reads(counts.reads)


async def prepare_fallback(context: Context, counts: ReadCounts, failure: Exception) -> None:
    """Discard what a failed plan has read, before graphql-core executes the operation. `counts` are those before the
    plan. If the operation needs more than a lookup, raise LookupFailed: the plan is to be executed again."""
    if isinstance(failure, LookupFailed):
        raise failure
    context.fallbacks += 1
    if context.trace is not None:
        context.trace.note_fallback(failure)
    await context.discard_reads(counts)
