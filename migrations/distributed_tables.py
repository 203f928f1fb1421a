"""Creation of tables in a database that Citus distributes.

A table of tenants must be distributed before it references other tables of tenants. So `op.create_table` creates it
without foreign keys there, places it, and then adds them. Everywhere else it is Alembic's own operation.
"""

from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations, ops, toimpl

from database.citus import (
    ALLOW_TRIGGERS,
    CHANGE_SHARDS_IN_TURN,
    HAS_CITUS,
    IS_DISTRIBUTED,
    IS_WORKER,
    ConnectedToWorker,
)
from models.placement import Placement, list_placements, placement_sql

IS_ON_CITUS = "is_distributed"
"""The option of Alembic's context in a distributed database."""


def detect_distribution(connection: sa.Connection) -> bool:
    """Return whether the tables of tenants are distributed. Set what migrations need, then. Raise ConnectedToWorker on
    a worker."""
    if connection.dialect.name != "postgresql" or not _finds(connection, HAS_CITUS):
        return False
    if _finds(connection, IS_WORKER):
        raise ConnectedToWorker
    is_distributed = _finds(connection, IS_DISTRIBUTED)
    if is_distributed:
        for setting in (ALLOW_TRIGGERS, CHANGE_SHARDS_IN_TURN):  # also for transactions after a concurrent index
            connection.exec_driver_sql(setting.replace("SET LOCAL", "SET SESSION"))
    return is_distributed


def _finds(connection: sa.Connection, query: str) -> bool:
    return connection.exec_driver_sql(query).first() is not None


@Operations.implementation_for(ops.CreateTableOp, replace=True)
def _create_table(operations: Operations, operation: ops.CreateTableOp) -> Any:
    if not operations.migration_context.opts.get(IS_ON_CITUS):
        return toimpl.create_table(operations, operation)
    table = operation.to_table(operations.migration_context)
    foreign_keys = list(table.foreign_key_constraints)
    table.constraints.difference_update(foreign_keys)
    operations.impl.create_table(table)
    if (placement := _placement_of(table)) is not Placement.COORDINATOR:
        operations.execute(placement_sql(table.name, placement))
    for key in foreign_keys:
        operations.impl.add_constraint(key)
    return table


def _placement_of(table: sa.Table) -> Placement:
    """Return the placement that the table has now. Later versions of the models may not know it any more."""
    if "tenant_id" in table.primary_key.columns:
        return Placement.DISTRIBUTED
    return list_placements().get(table.name, Placement.COORDINATOR)
