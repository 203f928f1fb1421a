"""Traces of operations for the clients that ask for them, with `X-Trace: true`.

A traced request consists of other objects than the others: another database, other loaders and another function that
executes. So requests that are not traced make the same calls as if there were no traces.
"""

from dataclasses import replace
from functools import cached_property
from time import perf_counter

from database.abort import RequestAborted
from resolvers.app_services import AppServices
from resolvers.context import Context
from server.graphql.errors import ErrorCode, find_code
from server.monitoring.traced_database import TracedDatabase, listen_for_failures
from server.monitoring.traced_loaders import TracedLoaders
from server.telemetry.operation_trace import OperationTrace, Span

_NOT_CONFIRMED = (ErrorCode.UNAUTHENTICATED, ErrorCode.FORBIDDEN)
"""The codes of errors that mean that the caller is not who the credentials name, or not any more."""


class RequestTracing:
    """Begins the traces of one application: in development for everyone, otherwise for superusers only."""

    def __init__(self, services: AppServices, *, only_superusers: bool) -> None:
        self._services = services
        self._only_superusers = only_superusers

    async def begin(self, context: Context) -> None:
        """Trace a request that has a place, if its caller may see traces; otherwise drop its trace."""
        trace: OperationTrace = context.trace
        trace.add_phase("wait", Span(trace.started_at, perf_counter()))
        if self._only_superusers and not await _may_trace(context):
            context.trace = None
            return
        await context.reader.release()
        context.services = self._traced_services
        context.__post_init__()

    @cached_property
    def _traced_services(self) -> AppServices:
        """The services of traced requests, built for the first one."""
        services, replicas = self._services, self._services.replicas
        members = [] if replicas is None else replicas.members
        for database in (services.database, *(replica.database for replica in members)):
            listen_for_failures(database)
        return replace(
            services,
            database=TracedDatabase(services.database, "primary"),
            replicas=None if replicas is None else replicas.observed_by(TracedDatabase),
            build_loaders=TracedLoaders,
        )


async def _may_trace(context: Context) -> bool:
    try:
        return await is_confirmed_superuser(context)
    except RequestAborted:
        raise
    except Exception:  # noqa: BLE001 -- the execution has the same error, and reports it
        return False


async def is_confirmed_superuser(context: Context) -> bool:
    """Return whether the database confirms that the caller is a superuser. Raises the errors of the database."""
    if context.credentials.user_id is None:
        return False
    try:
        principal = await context.reader.principal()
    except Exception as error:
        if find_code(error) in _NOT_CONFIRMED:
            return False
        raise
    return principal.is_superuser and principal.user_id is not None
