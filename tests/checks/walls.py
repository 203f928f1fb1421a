"""What a migrated database must have, as its inventory shows it."""

from sqlmodel import SQLModel

from tests.checks.inventory import Inventory, differences

WALLED = "enabled forced"
SETTING = "tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid"
POLICY = f"PERMISSIVE ALL public USING ({SETTING}) CHECK ({SETTING})"
"""As PostgreSQL writes what migrations/policies.py asks for."""
ONLY_MIGRATED = frozenset({"function", "policy", "sequence", "trigger", "wall"})
TEXT = ("character varying", "text")


def modelled_parts(found: Inventory) -> Inventory:
    """What the models have a say in: their tables, and none of what only migrations make."""
    tables = set(SQLModel.metadata.tables)
    ours = {}
    for name, value in found.items():
        kind, _, rest = name.partition(" ")
        if kind not in ONLY_MIGRATED and rest.partition(".")[0].strip('"') in tables:
            ours[name] = value
    return ours


def unwalled(found: Inventory) -> list[str]:
    """What is wrong with the walls of a PostgreSQL database's tables."""
    owned = {name for name, table in SQLModel.metadata.tables.items() if "tenant_id" in table.primary_key.columns}
    wrong = [f"{name}: {found.get(f'wall {name}')}" for name in sorted(owned) if found.get(f"wall {name}") != WALLED]
    policies = {name: value for name, value in found.items() if name.startswith("policy ")}
    expected = {f"policy {name}.tenant": POLICY for name in owned}
    return wrong + differences(policies, expected)


def badly_sorted(found: Inventory) -> list[str]:
    """Columns of text that do not sort by code point on PostgreSQL. Choices are not sorted as text, but by rank."""
    columns = [column for table in SQLModel.metadata.tables.values() for column in table.columns]
    choices = {f"column {each.table.name}.{each.name}" for each in columns if hasattr(each.type, "enum_class")}
    texts = {name: value for name, value in found.items() if name.startswith("column ") and value.startswith(TEXT)}
    return [name for name, value in texts.items() if "COLLATE C" not in value and name not in choices]
