"""Checks of a database that Citus distributes: nodes, undistributed tables, and whether the workers get the tenant."""

from sqlalchemy.ext.asyncio import AsyncConnection

from database.role import load_database_role
from server.cli.checks.result import CheckResult, failed, ok, warning
from server.config.settings import Settings
from server.distribution.functions import list_unadapted_functions
from server.distribution.state import DistributionState, list_copying_functions, load_state

REMEDY = "run `allotment distribute`, as the role that owns the tables"


async def check_distribution(connection: AsyncConnection, settings: Settings) -> list[CheckResult]:
    """Check the distribution; no results without the extension."""
    state = await load_state(connection)
    if state is None:
        return []
    if not state.is_distributed:
        message = "Citus: the extension is installed, but no table is distributed"
        return [warning(message, f"{REMEDY}, or drop the extension")]
    nodes = f"Citus: the tables of tenants are distributed over {len(state.workers)} nodes ({', '.join(state.workers)})"
    tenant = ok("Citus: the workers get the tenant")  # otherwise there is no connection to check anything
    results = [ok(nodes), _check_tables(state), tenant]
    if unadapted := await list_unadapted_functions(connection):
        results.append(failed(f"Citus: {', '.join(unadapted)} cannot run on shards", REMEDY))
    results += await _check_copying_functions(connection)
    if settings.replicas:
        message = "Citus: standbys of the coordinator serve no reads"
        results.append(warning(message, "remove REPLICA_URLS"))
    return results


async def _check_copying_functions(connection: AsyncConnection) -> list[CheckResult]:
    if (await load_database_role(connection)).rls_error is not None:
        return []
    functions = await list_copying_functions(connection)
    if not functions:
        return [ok("Citus: the server's role cannot move shards, which would lose rows that it does not see")]
    message = f"Citus: the server's role may call {', '.join(functions)}, which lose rows that it does not see"
    return [warning(message, "revoke the right (docs/scaling.md#moving-a-tenant), and move shards as a superuser")]


def _check_tables(state: DistributionState) -> CheckResult:
    if state.misplaced:
        tables = ", ".join(f"{name} ({placement})" for name, placement in state.misplaced.items())
        return failed(f"Citus: tables are not where they should be: {tables}", REMEDY)
    if len(state.colocation_groups) > 1:
        message = "Citus: the tables are not all co-located, so joins and foreign keys between them fail"
        return failed(message, "distribute an empty database, and import the tenants")
    return ok(f"Citus: all {len(state.placements)} tables are where they should be")
