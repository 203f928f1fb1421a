"""Where Citus stores the rows of each table (docs/decisions/0070-the-server-on-citus.md).

- Tenant-owned tables are distributed by tenant_id and co-located, so that all rows of a tenant are on one node, and all
  joins and foreign keys among them stay there.
- Tables that they reference are copied to every node, so that a node checks these foreign keys by itself.
- All others stay on the coordinator: no statement joins them with rows of tenants, and a copy would make each of their
  many writes a transaction of all nodes.
"""

from enum import StrEnum
from functools import cache

from sqlalchemy import Table
from sqlmodel import SQLModel

SEARCH_ENTRY = "search_entry"
"""The tenant-owned table of the full-text index, which only migrations and triggers know."""
FIRST_TABLE = "project"
"""The distributed table that the others are co-located with."""


class Placement(StrEnum):
    """Where Citus stores the rows of a table."""

    DISTRIBUTED = "distributed"
    REFERENCE = "reference"
    COORDINATOR = "coordinator"


@cache
def list_placements() -> dict[str, Placement]:
    """Return the placement of each table by its name."""
    tables = SQLModel.metadata.sorted_tables
    referenced = _referenced_by([table for table in tables if _is_tenant_owned(table)])
    placements = {table.name: _placement_of(table, referenced) for table in tables}
    return {**placements, SEARCH_ENTRY: Placement.DISTRIBUTED}


def tables_placed(placement: Placement) -> list[str]:
    """Return the names of the tables with this placement."""
    return [name for name, each in list_placements().items() if each is placement]


def placement_sql(name: str, placement: Placement) -> str:
    """Return the SQL that places a table, which must be without foreign keys. FIRST_TABLE must be placed first."""
    table = f"'\"{name}\"'"
    if placement is Placement.REFERENCE:
        return f"SELECT create_reference_table({table})"
    others = "" if name == FIRST_TABLE else f", colocate_with => '{FIRST_TABLE}'"
    return f"SELECT create_distributed_table({table}, 'tenant_id'{others})"


def _placement_of(table: Table, referenced: set[str]) -> Placement:
    if _is_tenant_owned(table):
        return Placement.DISTRIBUTED
    return Placement.REFERENCE if table.name in referenced else Placement.COORDINATOR


def _is_tenant_owned(table: Table) -> bool:
    return "tenant_id" in table.primary_key.columns


def _referenced_by(tables: list[Table]) -> set[str]:
    """Return the tables that these tables reference, also through others."""
    found: set[str] = set()
    remaining = list(tables)
    while remaining:
        targets = {key.column.table for key in remaining.pop().foreign_keys}
        remaining += [target for target in targets if target.name not in found]
        found |= {target.name for target in targets}
    return found
