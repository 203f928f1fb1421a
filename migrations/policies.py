"""The second wall between tenants: PostgreSQL's row-level security, as an operation that migrations can name.

A tenant's rows show only in a transaction that has set app.tenant_id (queries/caller.py does). Unset means no rows.
FORCE makes it hold for the tables' owner too, who is usually whom the server connects as. SQLite has no such wall.
"""

from typing import Any

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations

POLICY = "tenant"
CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"


@Operations.register_operation("protect_tenant_table")
class ProtectTenantTable(MigrateOperation):
    """`op.protect_tenant_table("task")`: only rows of the current tenant can be seen or written."""

    def __init__(self, table_name: str) -> None:
        self.table_name = table_name

    @classmethod
    def protect_tenant_table(cls, operations: Operations, table_name: str) -> Any:
        return operations.invoke(cls(table_name))

    def reverse(self) -> "UnprotectTenantTable":
        return UnprotectTenantTable(self.table_name)


@Operations.register_operation("unprotect_tenant_table")
class UnprotectTenantTable(MigrateOperation):
    """`op.unprotect_tenant_table("task")`: the reverse. Dropping the table does it too."""

    def __init__(self, table_name: str) -> None:
        self.table_name = table_name

    @classmethod
    def unprotect_tenant_table(cls, operations: Operations, table_name: str) -> Any:
        return operations.invoke(cls(table_name))

    def reverse(self) -> ProtectTenantTable:
        return ProtectTenantTable(self.table_name)


@Operations.implementation_for(ProtectTenantTable)
def _protect(operations: Operations, operation: ProtectTenantTable) -> None:
    if operations.get_context().dialect.name == "postgresql":
        table = f'"{operation.table_name}"'
        operations.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        operations.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        operations.execute(f"CREATE POLICY {POLICY} ON {table} USING ({CONDITION}) WITH CHECK ({CONDITION})")


@Operations.implementation_for(UnprotectTenantTable)
def _unprotect(operations: Operations, operation: UnprotectTenantTable) -> None:
    if operations.get_context().dialect.name == "postgresql":
        table = f'"{operation.table_name}"'
        operations.execute(f"DROP POLICY {POLICY} ON {table}")
        operations.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        operations.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


@renderers.dispatch_for(ProtectTenantTable)
def _render_protect(_context: Any, operation: ProtectTenantTable) -> str:
    return f"op.protect_tenant_table({operation.table_name!r})"


@renderers.dispatch_for(UnprotectTenantTable)
def _render_unprotect(_context: Any, operation: UnprotectTenantTable) -> str:
    return f"op.unprotect_tenant_table({operation.table_name!r})"
