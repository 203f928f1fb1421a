"""What every table must have so that no row can be taken for another tenant's. Each line answered is a breach."""

from collections.abc import Iterator

from sqlalchemy import Constraint, ForeignKeyConstraint, Index, MetaData, Table, UniqueConstraint

NOT_OWNED = frozenset({
    "api_key", "idempotency", "invitation", "mailed_token", "membership", "refresh_token", "session", "tenant",
    "throttle", "user",
})  # fmt: skip
"""The tables whose rows belong to no tenant, or say who does."""


def breaches(metadata: MetaData, not_owned: frozenset[str] = NOT_OWNED) -> list[str]:
    """Where the rules are broken; exactly the tables that are not owned may do as they like."""
    gone = [
        f"{name}: is said not to be a tenant's, and is not there" for name in sorted(not_owned - set(metadata.tables))
    ]
    owned = [table for table in metadata.sorted_tables if table.name not in not_owned]
    return gone + [f"{table.name}: {flaw}" for table in owned for flaw in _flaws(table, not_owned)]


def _flaws(table: Table, not_owned: frozenset[str]) -> Iterator[str]:
    if _first(table.primary_key) != "tenant_id":
        yield "its key does not lead with tenant_id; or it is no tenant's (NOT_OWNED in tests/checks/tables.py)"
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        if _first(index) != "tenant_id":
            yield f"its index {index.name} does not lead with tenant_id"
    for constraint in sorted(table.constraints, key=lambda each: str(each.name)):
        if isinstance(constraint, UniqueConstraint) and _first(constraint) != "tenant_id":
            yield f"its unique constraint {constraint.name} does not lead with tenant_id"
        if isinstance(constraint, ForeignKeyConstraint):
            yield from _key_flaws(constraint, not_owned)
    if "tenant" not in {key.column.table.name for column in table.columns for key in column.foreign_keys}:
        yield "it does not point at its tenant"


def _key_flaws(constraint: ForeignKeyConstraint, not_owned: frozenset[str]) -> Iterator[str]:
    if constraint.referred_table.name in not_owned:
        return
    pairs = [(each.parent.name, each.column.name) for each in constraint.elements]
    if len(pairs) < 2 or pairs[0] != ("tenant_id", "tenant_id"):
        yield f"its foreign key {constraint.name} to {constraint.referred_table.name} leaves the tenant out"
    if constraint.ondelete or constraint.onupdate:
        yield f"its foreign key {constraint.name} acts by itself, and would null the tenant too"


def _first(columns: Constraint | Index) -> str | None:
    found = list(getattr(columns, "columns", ()))
    return found[0].name if found else None
