"""Rules for the keys and indexes of tenant-owned tables. Each function returns the violations."""

from collections.abc import Iterator

from sqlalchemy import Constraint, ForeignKeyConstraint, Index, MetaData, Table, UniqueConstraint

SHARED_TABLES = frozenset({
    "api_key", "document_usage", "email_token", "field_usage", "idempotency", "invitation", "linked_issuer",
    "log_epoch", "membership", "passkey", "passkey_challenge", "persisted_document", "recovery_code", "refresh_token",
    "second_factor", "session", "sign_in_event", "tenant", "throttle", "used_id_token", "user", "work_lease",
})  # fmt: skip
"""Tables that are not tenant-owned."""


def violations(metadata: MetaData, shared: frozenset[str] = SHARED_TABLES) -> list[str]:
    """Return the violations of all tables except the shared ones, and the shared tables that do not exist."""
    missing = [f"{name}: is listed as shared but does not exist" for name in sorted(shared - set(metadata.tables))]
    tenant_owned = [table for table in metadata.sorted_tables if table.name not in shared]
    return missing + [
        f"{table.name}: {problem}" for table in tenant_owned for problem in _table_violations(table, shared)
    ]


def _table_violations(table: Table, shared: frozenset[str]) -> Iterator[str]:
    if _first_column(table.primary_key) != "tenant_id":
        yield "its primary key does not lead with tenant_id (or list it in SHARED_TABLES)"
    for index in sorted(table.indexes, key=lambda item: str(item.name)):
        if _first_column(index) != "tenant_id":
            yield f"its index {index.name} does not lead with tenant_id"
    for constraint in sorted(table.constraints, key=lambda item: str(item.name)):
        if isinstance(constraint, UniqueConstraint) and _first_column(constraint) != "tenant_id":
            yield f"its unique constraint {constraint.name} does not lead with tenant_id"
        if isinstance(constraint, ForeignKeyConstraint):
            yield from _foreign_key_violations(constraint, shared)
    if "tenant" not in {key.column.table.name for column in table.columns for key in column.foreign_keys}:
        yield "it has no foreign key to tenant"


def _foreign_key_violations(constraint: ForeignKeyConstraint, shared: frozenset[str]) -> Iterator[str]:
    if constraint.referred_table.name in shared:
        return
    pairs = [(element.parent.name, element.column.name) for element in constraint.elements]
    if len(pairs) < 2 or pairs[0] != ("tenant_id", "tenant_id"):
        yield f"its foreign key {constraint.name} to {constraint.referred_table.name} does not include the tenant"
    if constraint.ondelete or constraint.onupdate:
        yield f"its foreign key {constraint.name} has an ON DELETE or ON UPDATE action, which would null the tenant too"


def _first_column(columns: Constraint | Index) -> str | None:
    columns_in_order = list(getattr(columns, "columns", ()))
    return columns_in_order[0].name if columns_in_order else None
