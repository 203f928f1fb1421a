"""Whether Citus distributes the database, and the statement that passes the tenant to its workers.

`set_config()` has an effect on the coordinator only. SET LOCAL reaches the workers too, if it is a message of its own,
and if the setting citus.propagate_set_commands is `local`, as `allotment distribute` sets it for the database.
"""

import uuid
from typing import Any

FOUND = "SELECT 1"
"""The command tag of a statement that found a row. Behind a pooler, only the simple protocol works without a
transaction, and it returns no rows."""
HAS_CITUS = "SELECT 1 FROM pg_extension WHERE extname = 'citus'"
IS_DISTRIBUTED = (
    "SELECT 1 FROM pg_dist_partition WHERE partmethod = 'h' AND logicalrelid = to_regclass('audit_entry')::oid"
)
PROPAGATES_SET = "SELECT 1 WHERE current_setting('citus.propagate_set_commands') = 'local'"


ALLOW_TRIGGERS = "SET LOCAL citus.enable_unsafe_triggers = on"
"""Permits to create, enable and disable triggers of distributed tables until the transaction ends. Ours write on their
node only. Without Citus it has no effect."""

CHANGE_SHARDS_IN_TURN = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'"
"""Lets a transaction change several tables that reference each other or copied ones."""


class TenantNotPropagated(Exception):
    """The workers would not get the tenant, so row-level security would hide all rows."""

    def __init__(self) -> None:
        super().__init__(
            "The tables are distributed, but citus.propagate_set_commands is not 'local' for this role and database, "
            "so row-level security hides all rows. Run `allotment distribute` again."
        )


async def detect_distribution(driver: Any) -> bool:
    """Return whether the tables of tenants are distributed, on a connection of asyncpg. Raise TenantNotPropagated if
    they are, but the workers do not get the tenant."""
    for statement in (HAS_CITUS, IS_DISTRIBUTED):
        if await driver.execute(statement) != FOUND:
            return False
    if await driver.execute(PROPAGATES_SET) != FOUND:
        raise TenantNotPropagated
    return True


def set_local_tenant(tenant_id: uuid.UUID | None) -> str:
    """Return the SQL that sets the tenant of row-level security until the transaction ends, on PostgreSQL and on
    Citus."""
    return f"SET LOCAL app.tenant_id = '{tenant_id or ''}'"
