"""Migrations write entries of the rows and links that were there before."""

import asyncio
from typing import Any

import pytest
from alembic import command

from models.audit_entry import ActorKind, AuditAction
from models.ids import NIL_UUID
from server.database_revision import alembic_config
from tests.audit.audit_replay import read_state
from tests.support.sample_data import SampleData
from tests.tenancy.tenant_rows import TenantRows

pytestmark = pytest.mark.not_on_citus("migrates a database that all tests share there")

LATER_FIELDS = {
    *((noun, "externalId") for noun in ("Team", "Project", "Worker", "Product", "Task")),
    ("Worker", "userId"),
    ("Tenant", "requireTwoFactor"),
    ("ApiKey", "scopes"),
}
"""Fields of columns that did not exist when the baseline was written."""


def parse(value: Any) -> Any:
    """Return a value without differences in how a time is written."""
    return value.replace(".000000Z", "Z") if isinstance(value, str) else value


async def migrate(database_url: str, down: str, up: str) -> None:
    config = alembic_config(database_url)
    await asyncio.to_thread(command.downgrade, config, down)
    await asyncio.to_thread(command.upgrade, config, up)


async def test_baseline_has_the_values_of_all_rows(
    sample_data: SampleData, tenant_rows: TenantRows, database_url: str
) -> None:
    await migrate(database_url, "0007", "head")
    dump = await tenant_rows.dump_all()
    state = read_state(dump)
    objects = [row for row in dump["audit_entry"] if row["version"] is not None]  # the others are of links
    entries = {(row["noun"], row["object_id"]): row for row in objects}
    assert len(entries) == len(objects)
    assert entries.keys() == state.values.keys()
    for key, entry in entries.items():
        updated_at = entry["after"].pop("updatedAt")
        expected = {name: value for name, value in state.values[key].items() if (key[0], name) not in LATER_FIELDS}
        assert {name: parse(value) for name, value in entry["after"].items()} == expected, key
        assert updated_at.endswith("Z")
        assert entry["version"] == state.versions[key]
        assert (entry["action"], entry["actor_kind"]) == (AuditAction.BASELINE, ActorKind.OPERATOR)
        assert set(entry["changed_fields"].split()) == entry["after"].keys() | {"updatedAt"}
        assert str(entry["id"])[14] == "7"
        # Whose changes these were is not known, so the change feed shows them to admins only.
        assert entry["visible_only_to_id"] == (NIL_UUID if key[0] in {"Article", "Order", "OrderItem"} else None)
        assert (entry["epoch"], entry["log_transaction"]) == (1, 0)
    assert len({(entry["tenant_id"], entry["position"]) for entry in objects}) == len(entries)


async def test_baseline_has_the_links_at_both_ends(
    sample_data: SampleData, tenant_rows: TenantRows, database_url: str
) -> None:
    await migrate(database_url, "0007", "head")
    dump = await tenant_rows.dump_all()
    entries = [row for row in dump["audit_entry"] if row["version"] is None]
    links: dict[Any, set[str]] = {}
    for entry in entries:
        assert (entry["action"], entry["actor_kind"]) == (AuditAction.BASELINE, ActorKind.OPERATOR)
        ((relation, id),) = entry["after"].items()
        assert (entry["changed_fields"].split(), entry["before"]) == ([relation], {})
        links.setdefault(((entry["noun"], entry["object_id"]), relation), set()).add(id)
    assert links == read_state(dump).links
    assert links
    assert len(entries) == sum(map(len, links.values()))


async def test_links_that_the_audit_knows_have_no_baseline(
    sample_data: SampleData, tenant_rows: TenantRows, database_url: str
) -> None:
    before = await dump_entries(tenant_rows)
    assert AuditAction.LINKED in {row["action"] for row in before}
    await migrate(database_url, "0011", "head")
    assert await dump_entries(tenant_rows) == before
    await migrate(database_url, "0007", "head")
    baseline = await dump_entries(tenant_rows)
    await migrate(database_url, "0011", "head")
    assert await dump_entries(tenant_rows) == baseline


async def dump_entries(tenant_rows: TenantRows) -> list[dict[str, Any]]:
    """Return the entries, but not those with ids of accounts: outside accounts get other ids each time."""
    entries = (await tenant_rows.dump_all())["audit_entry"]
    return [row for row in entries if row["noun"] not in {"Account", "Transfer", "LedgerEntry"}]
