"""Traces of operations for the clients that ask for them, with `X-Trace: true`.

A traced request consists of other objects than the others: another database, other loaders and another function that
executes. So requests that are not traced make the same calls as if there were no traces.
"""

from dataclasses import replace
from functools import cached_property
from time import perf_counter

from database.abort import RequestAborted
from resolvers.context import AppServices, Context
from server.monitoring.traced_database import TracedDatabase, listen_for_failures
from server.monitoring.traced_loaders import TracedLoaders
from server.telemetry.operation_trace import OperationTrace, Span


class RequestTracing:
    """Begins the traces of one application. In production, only superusers have them."""

    def __init__(self, services: AppServices, *, only_superusers: bool) -> None:
        self._services = services
        self._only_superusers = only_superusers

    async def begin(self, context: Context) -> None:
        """Trace a request that has a place, if its caller may see traces; otherwise drop its trace."""
        trace: OperationTrace = context.trace
        trace.add_phase("wait", Span(trace.started_at, perf_counter()))
        if self._only_superusers and not await is_confirmed_superuser(context):
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


async def is_confirmed_superuser(context: Context) -> bool:
    """Return whether the database confirms that the caller is a superuser. If it does not answer, it confirms nothing;
    the execution has the same error, and reports it."""
    if context.credentials.user_id is None:
        return False
    try:
        principal = await context.reader.principal()
    except RequestAborted:
        raise
    except Exception:  # noqa: BLE001 -- of any kind
        return False
    return principal.is_superuser and principal.user_id is not None
