"""An Alembic operation that sets columns of a big table while servers read and write it.

Each batch is a transaction of its own, so that rows are locked for moments only and vacuum is not delayed. A migration
with it contains nothing else. It can run again after a failure: the condition selects the rows that are still to be
changed. The audit and the change feed do not mention these changes.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic.operations import MigrateOperation, Operations

from database.citus import set_local_tenant
from migrations.locks import LOCK_TIMEOUT, limit_lock_waits
from models.ids import NIL_UUID

BATCH_ROWS = 1000
OFFLINE_NOTE = "is updated in batches, by `allotment migrate` only"
"""What `alembic upgrade --sql` prints instead of the statements, which depend on the tenants and rows."""


@Operations.register_operation("update_in_batches")
class UpdateInBatches(MigrateOperation):
    """`op.update_in_batches("task", {"effort": "estimate * 60"}, "effort IS NULL")`: set columns to SQL expressions.

    The table is a tenant's: its primary key is (tenant_id, id)."""

    def __init__(
        self, table_name: str, values: Mapping[str, str], condition: str, *, batch_rows: int = BATCH_ROWS
    ) -> None:
        self.table_name, self.values, self.condition, self.batch_rows = table_name, values, condition, batch_rows

    @classmethod
    def update_in_batches(
        cls, operations: Operations, table_name: str, values: Mapping[str, str], condition: str, **options: Any
    ) -> Any:
        return operations.invoke(cls(table_name, values, condition, **options))


@Operations.implementation_for(UpdateInBatches)
def _update(operations: Operations, operation: UpdateInBatches) -> None:
    context = operations.get_context()
    if context.as_sql:
        context.impl.static_output(f"-- {operation.table_name} {OFFLINE_NOTE}")
        return
    tenants = sa.select(sa.column("id", sa.Uuid())).select_from(sa.table("tenant"))
    for tenant in list(operations.get_bind().execute(tenants).scalars()):
        last_id: UUID | None = NIL_UUID
        while last_id is not None:
            _begin_batch(operations, tenant)
            statement = _build_batch(operation, tenant, last_id)
            last_id = max(operations.get_bind().execute(statement).scalars(), default=None)


def _begin_batch(operations: Operations, tenant: UUID) -> None:
    """Commit the previous batch. In the transaction that begins, limit the waits for rows that other transactions have
    locked, while this one may hold others, and make the rows of the tenant visible."""
    if operations.get_context().dialect.name == "postgresql":
        with operations.get_context().autocommit_block():
            pass
        limit_lock_waits(operations.get_bind(), operations.get_context().opts[LOCK_TIMEOUT])
        operations.get_bind().exec_driver_sql(set_local_tenant(tenant))


def _build_batch(operation: UpdateInBatches, tenant: UUID, last_id: UUID) -> sa.Update:
    """Build the statement that changes the next rows of the tenant, and returns their ids."""
    row_id, tenant_id = sa.column("id", sa.Uuid()), sa.column("tenant_id", sa.Uuid())
    columns: dict[str, sa.ColumnClause[Any]] = {name: sa.column(name) for name in operation.values}
    table = sa.table(operation.table_name, row_id, tenant_id, *columns.values())
    due = sa.text(f"({operation.condition})")
    ids = sa.select(table.c.id).where(table.c.tenant_id == tenant, table.c.id > last_id, due).order_by(table.c.id)
    values = {table.c[name]: sa.text(expression) for name, expression in operation.values.items()}
    is_next = table.c.id.in_(ids.limit(operation.batch_rows))
    return sa.update(table).where(table.c.tenant_id == tenant, is_next).values(values).returning(table.c.id)
