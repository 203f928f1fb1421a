"""Execution of queries that need a lookup only (database/lookup.py), and again with ordinary reads if it fails.

Whether an operation needs nothing else is known from its first execution without errors, not from its document:
resolvers decide what they read. One execution that needs something else ends it.
"""

from graphql import ExecutionResult

from database.cached_identity import CachedIdentity
from database.lookup import LookupFailed
from executor import ExecutionStopped, Meter
from resolvers.context import Context
from server.graphql.document_operation import DocumentOperation
from server.graphql.repeated_execution import Counts, Execute, await_execution, begin_again
from server.graphql.request import GraphQLRequest


def prepare_lookup(operation: DocumentOperation, context: Context) -> CachedIdentity | None:
    """Return the cached identity of the caller if the operation is expected to need a lookup only. If that is not
    known, begin to count its statements."""
    if not operation.needs_lookup:
        if operation.needs_lookup is None:
            context.reader.count_statements()
        return None
    if context.caller is None or context.trace is not None or context.reader.has_transaction:
        return None
    return context.caller.identity if context.services.database.has_lookups else None


def note_reads(
    operation: DocumentOperation, request: GraphQLRequest, context: Context, result: ExecutionResult
) -> None:
    """Note whether an operation that was executed with ordinary reads needed a lookup only. An error may have caused
    other reads, and a validator of the response reads as well."""
    if operation.needs_lookup is None and not result.errors and request.validator is None:
        operation.needs_lookup = context.reader.has_looked_up


async def execute_lookup(
    identity: CachedIdentity, operation: DocumentOperation, context: Context, meter: Meter, execute: Execute
) -> ExecutionResult:
    """Execute the operation as the cached principal, which the lookup confirms."""
    counts, reader = Counts.save(context, meter), context.reader
    lookup = reader.expect_lookup(identity)
    try:
        result = await await_execution(execute())
    except (ExecutionStopped, LookupFailed):
        if not reader.must_repeat:
            raise
    if reader.must_repeat:
        await begin_again(context, meter, counts)
        result = await await_execution(execute())
    if lookup.is_done:
        context.record_use(identity.principal)
    elif not result.errors and reader.has_looked_up is False:
        operation.needs_lookup = False
    return result
