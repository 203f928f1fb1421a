"""Alembic operations for PostgreSQL's row-level security of tenant-owned tables.

The rows of a tenant are visible only in a transaction that has set app.tenant_id (see database/authentication.py); if
it is not set, no rows are visible. FORCE applies the policy to the owner of the table too, as which the server usually
connects. SQLite has no row-level security.
"""

from typing import Any

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations

POLICY = "tenant"
CONDITION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"


@Operations.register_operation("protect_tenant_table")
class ProtectTenantTable(MigrateOperation):
    """`op.protect_tenant_table("task")`: create the policy, so that only rows of the current tenant are accessible."""

    def __init__(self, table_name: str) -> None:
        self.table_name = table_name

    @classmethod
    def protect_tenant_table(cls, operations: Operations, table_name: str) -> Any:
        return operations.invoke(cls(table_name))

    def reverse(self) -> "UnprotectTenantTable":
        return UnprotectTenantTable(self.table_name)


@Operations.register_operation("unprotect_tenant_table")
class UnprotectTenantTable(MigrateOperation):
    """`op.unprotect_tenant_table("task")`: drop the policy. Dropping the table does so, too."""

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
