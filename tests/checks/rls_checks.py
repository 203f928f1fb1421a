"""Checks of a migrated database: row-level security and collations."""

from sqlmodel import SQLModel

from database.counter_order import LOGS
from tests.checks.db_inventory import Inventory, differences

RLS_FORCED = "enabled forced"
RLS_UNFORCED = "enabled"
UNFORCED_TABLES = {
    "search_entry": "functions read it as its owner, because an index on a tsvector is not used "
    "below a policy (docs/decisions/0029-search-in-a-side-table.md)"
}
"""Tables without a model whose policy does not apply to their owner, with the reason."""
TENANT_CONDITION = "tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid"
POLICY = f"PERMISSIVE ALL public USING ({TENANT_CONDITION}) CHECK ({TENANT_CONDITION})"
"""PostgreSQL's representation of the policy in migrations/policies.py."""
MIGRATION_ONLY = frozenset({"function", "policy", "sequence", "trigger", "row_level_security"})
TEXT_TYPES = ("character varying", "text")


def parts_in_models(inventory: Inventory) -> Inventory:
    """Return the parts of an inventory that the models define, without policies, triggers and other migrated parts."""
    tables = set(SQLModel.metadata.tables)
    parts = {}
    for name, value in inventory.items():
        kind, _, rest = name.partition(" ")
        if kind not in MIGRATION_ONLY and rest.partition(".")[0].strip('"') in tables:
            parts[name] = value
    return parts


def without_unmodeled(inventory: Inventory) -> Inventory:
    """Return the inventory without what has no model: full-text search, the functions of log epochs, and the triggers
    that let the rows of logs be numbered."""
    unmodeled = ("search", "_log_epoch()", *(f"trigger {log.name}.append_only" for log in LOGS))
    return {name: value for name, value in inventory.items() if not any(part in name for part in unmodeled)}


def row_level_security_gaps(inventory: Inventory) -> list[str]:
    """Return the tenant-owned tables of a PostgreSQL database whose row-level security is not as declared."""
    owned = {name for name, table in SQLModel.metadata.tables.items() if "tenant_id" in table.primary_key.columns}
    states = {name: inventory.get(f"row_level_security {name}") for name in sorted(owned)}
    gaps = [f"{name}: {state}" for name, state in states.items() if state != RLS_FORCED]
    unforced = {name.partition(" ")[2] for name, value in inventory.items() if value == RLS_UNFORCED}
    gaps += [f"{name}: {RLS_UNFORCED}" for name in sorted(unforced ^ UNFORCED_TABLES.keys())]
    policies = {name: value for name, value in inventory.items() if name.startswith("policy ")}
    expected = {f"policy {name}.tenant": POLICY for name in owned | UNFORCED_TABLES.keys()}
    return gaps + differences(policies, expected)


def wrongly_collated_columns(inventory: Inventory) -> list[str]:
    """Return the text columns that do not sort by code point on PostgreSQL. Enums do not sort as text."""
    columns = [column for table in SQLModel.metadata.tables.values() for column in table.columns]
    enums = {f"column {column.table.name}.{column.name}" for column in columns if hasattr(column.type, "enum_class")}
    texts = {
        name: value for name, value in inventory.items() if name.startswith("column ") and value.startswith(TEXT_TYPES)
    }
    return [name for name, value in texts.items() if "COLLATE C" not in value and name not in enums]
