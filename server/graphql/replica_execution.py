"""Execution of queries on a read replica, and again on the primary if the replica fails or denies access."""

from graphql import ExecutionResult
from sqlalchemy.exc import DBAPIError

from database.outage import is_outage
from database.replicas import Replicas
from executor import Meter
from resolvers.context import Context
from server.graphql.errors import original_error
from server.graphql.repeated_execution import Counts, Execute, await_execution, begin_again
from services.core.errors import Forbidden, Unauthenticated


async def execute_query(replicas: Replicas, context: Context, meter: Meter, execute: Execute) -> ExecutionResult:
    """Execute a query on a replica. If that gives an error that the primary may not give, execute it there as a whole:
    a part of each would be no state of the database."""
    counts = Counts.save(context, meter)
    source = replicas.build_source(context.read_position)
    await context.reader.read_from(source)
    result = await await_execution(execute())
    failure = None if source.used_replica is None else _find_failure(result)
    if source.used_replica is None or failure is None or context.signal.reason is not None:
        return result
    if source.replica is not None:  # otherwise the primary has failed
        source.replica.note_error(failure)
    await begin_again(context, meter, counts)
    await context.reader.read_from(None)
    return await await_execution(execute())


def _find_failure(result: ExecutionResult) -> Exception | None:
    """Return an error that may be the replica's: of the database or of the connection, of a table that the replica does
    not have yet, or of access that was granted a moment ago."""
    for error in result.errors or ():
        original = original_error(error)
        if isinstance(original, DBAPIError | Unauthenticated | Forbidden) or (original and is_outage(original)):
            return original
    return None
