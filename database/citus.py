"""Whether Citus distributes the database, and the statement that passes the tenant to its workers.

`set_config()` has an effect on the coordinator only. SET LOCAL reaches the workers too, if it is a message of its own,
and if the setting citus.propagate_set_commands is `local`, as `allotment distribute` sets it for the database.
"""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

FOUND = "SELECT 1"
"""The command tag of a statement that found a row. Behind a pooler, only the simple protocol works without a
transaction, and it returns no rows."""
HAS_CITUS = "SELECT 1 FROM pg_extension WHERE extname = 'citus'"
IS_WORKER = "SELECT 1 FROM pg_dist_local_group WHERE groupid > 0"
IS_DISTRIBUTED = (
    "SELECT 1 FROM pg_dist_partition WHERE partmethod = 'h' AND logicalrelid = to_regclass('audit_entry')::oid"
)
PROPAGATES_SET = "SELECT 1 WHERE current_setting('citus.propagate_set_commands') = 'local'"


ALLOW_TRIGGERS = "SET LOCAL citus.enable_unsafe_triggers = on"
"""Permits to create, enable and disable triggers of distributed tables until the transaction ends. Ours write on their
node only. Without Citus it has no effect."""

CHANGE_SHARDS_IN_TURN = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'"
"""Lets a transaction change several tables that reference each other or copied ones."""


class ConnectedToWorker(Exception):
    """The database is that of a worker, which has only some of the tables."""

    def __init__(self) -> None:
        super().__init__(
            "The database is that of a worker of Citus. Set DATABASE_URL to the coordinator: "
            "`SELECT nodename, nodeport FROM pg_dist_node WHERE groupid = 0` on the worker returns its address."
        )


class TenantNotPropagated(Exception):
    """The workers would not get the tenant, so row-level security would hide all rows."""

    def __init__(self) -> None:
        super().__init__(
            "The tables are distributed, but citus.propagate_set_commands is not 'local' for this role and database, "
            "so row-level security hides all rows. Run `allotment distribute` again."
        )


async def detect_distribution(driver: Any) -> bool:
    """Return whether the tables of tenants are distributed, on a connection of asyncpg. Raise ConnectedToWorker on a
    worker, and TenantNotPropagated if the tables are distributed, but the workers do not get the tenant."""
    if await driver.execute(HAS_CITUS) != FOUND:
        return False
    if await driver.execute(IS_WORKER) == FOUND:
        raise ConnectedToWorker
    if await driver.execute(IS_DISTRIBUTED) != FOUND:
        return False
    if await driver.execute(PROPAGATES_SET) != FOUND:
        raise TenantNotPropagated
    return True


async def check_coordinator(connection: AsyncConnection) -> None:
    """Raise ConnectedToWorker if this connection of an engine is to a worker."""
    if connection.dialect.name != "postgresql" or (await connection.exec_driver_sql(HAS_CITUS)).first() is None:
        return
    if (await connection.exec_driver_sql(IS_WORKER)).first() is not None:
        raise ConnectedToWorker


def set_local_tenant(tenant_id: uuid.UUID | None) -> str:
    """Return the SQL that sets the tenant of row-level security until the transaction ends, on PostgreSQL and on
    Citus."""
    return f"SET LOCAL app.tenant_id = '{tenant_id or ''}'"
