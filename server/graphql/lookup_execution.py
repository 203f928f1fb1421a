"""Execution of queries that need a lookup only (database/lookup.py), and again with ordinary reads if it fails.

Whether an operation needs nothing else is known from its last execution, not from its document: resolvers decide what
they read.
"""

from graphql import ExecutionResult, OperationType

from database.cached_identity import CachedIdentity
from executor import ExecutionStopped, Meter
from resolvers.context import Context
from server.graphql.document_operation import DocumentOperation
from server.graphql.repeated_execution import Execute, await_execution, begin_again


def find_identity(operation: DocumentOperation, context: Context) -> CachedIdentity | None:
    """Return the cached identity of the caller if the operation is expected to need a lookup only."""
    if not operation.needs_lookup or context.caller is None or context.trace is not None:
        return None
    has_lookups = context.services.database.has_lookups and context.reader.is_unused
    return context.caller.identity if has_lookups else None


def note_reads(operation: DocumentOperation, context: Context) -> None:
    """Note whether an operation that was executed with ordinary reads needed a lookup only."""
    if operation.needs_lookup is None and operation.type is OperationType.QUERY:
        operation.needs_lookup = context.reader.has_looked_up


async def execute_lookup(
    identity: CachedIdentity, operation: DocumentOperation, context: Context, meter: Meter, execute: Execute
) -> ExecutionResult:
    """Execute the operation as the cached principal, which the lookup confirms."""
    counts, reader = meter.save(), context.reader
    lookup = reader.expect_lookup(identity)
    try:
        result = await await_execution(execute())
    except ExecutionStopped:
        if not reader.must_repeat:
            raise
    if reader.must_repeat:
        await begin_again(context, meter, counts)
        result = await await_execution(execute())
    operation.needs_lookup = reader.has_looked_up
    if lookup.is_done:
        context.record_use(identity.principal)
    return result
