"""The migration writes an entry with the values of each row that was there before."""

from typing import Any

from alembic import command

from models.audit_entry import ActorKind, AuditAction
from models.ids import NIL_UUID
from server.database_revision import alembic_config
from tests.audit.audit_replay import read_state
from tests.support.sample_data import SampleData
from tests.tenancy.tenant_rows import TenantRows


def parse(value: Any) -> Any:
    """Return a value without differences in how a time is written."""
    return value.replace(".000000Z", "Z") if isinstance(value, str) else value


async def test_baseline_has_the_values_of_all_rows(
    sample_data: SampleData, tenant_rows: TenantRows, database_url: str
) -> None:
    import asyncio

    config = alembic_config(database_url)
    await asyncio.to_thread(command.downgrade, config, "0007")
    await asyncio.to_thread(command.upgrade, config, "head")
    dump = await tenant_rows.dump_all()
    state = read_state(dump)
    entries = {(row["noun"], row["object_id"]): row for row in dump["audit_entry"]}
    assert len(entries) == len(dump["audit_entry"])
    assert entries.keys() == state.values.keys()
    for key, entry in entries.items():
        updated_at = entry["after"].pop("updatedAt")
        assert {name: parse(value) for name, value in entry["after"].items()} == state.values[key], key
        assert updated_at.endswith("Z")
        assert entry["version"] == state.versions[key]
        assert (entry["action"], entry["actor_kind"]) == (AuditAction.BASELINE, ActorKind.OPERATOR)
        assert set(entry["changed_fields"].split()) == entry["after"].keys() | {"updatedAt"}
        assert str(entry["id"])[14] == "7"
        # Whose changes these were is not known, so the change feed shows them to admins only.
        assert entry["reader_id"] == (NIL_UUID if key[0] in {"Article", "Order", "OrderItem"} else None)
        assert (entry["epoch"], entry["log_transaction"]) == (1, 0)
    assert len({entry["position"] for entry in dump["audit_entry"]}) == len(entries)
