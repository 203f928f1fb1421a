"""`allotment audit prune` and `allotment audit purge`."""

import datetime
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from database.authentication import set_tenant
from models import AuditEntry, Team
from models.audit_entry import ActorKind, AuditAction
from models.base import utc_now
from models.ids import parse_id
from models.membership import Role
from models.relations import table_of
from server.audit_pruning import prune_tenant, purge_object
from services.core.audit_values import serialize_time
from tests.audit.test_as_of import Editor, by_id
from tests.cli.conftest import allotment
from tests.support import documents
from tests.support.app_fixture import AppFixture, TenantFixture, global_id
from tests.support.command_line import CommandRunner
from tests.support.sample_data import SampleData, fetch_table
from tests.tenancy.tenant_rows import TenantRows

__all__ = ["allotment"]


async def list_entries(tenant: TenantFixture) -> list[dict[str, Any]]:
    """Return the entries of a tenant."""
    return sorted(await fetch_table(tenant, AuditEntry), key=lambda row: row["id"])


async def assert_protected(tenant: TenantFixture) -> None:
    """Assert that the database rejects updates and deletes."""
    table = table_of(AuditEntry)
    empty: dict[str, Any] = {"before": {}, "after": {}}
    not_purged = table.c.object_id == tenant.id
    for statement in (
        update(table).values(noun="X"),
        update(table).values(noun="X", **empty),
        update(table).values(impersonator_id=tenant.id, **empty),
        update(table).values(before={"name": "X"}),
        update(table).where(not_purged).values(empty),
        delete(table),
    ):
        async with tenant.app_fixture.database.write_engine.connect() as connection:
            await set_tenant(connection, tenant.id)
            with pytest.raises(DBAPIError, match="append-only"):
                await connection.execute(statement)


@pytest.mark.any_server
async def test_pruned_audit_still_answers_later_times(app_fixture: AppFixture) -> None:
    import random

    tenant = app_fixture.tenant
    editor = Editor(tenant.client(Role.ADMIN), random.Random(7))  # noqa: S311
    for number in range(40):
        await editor.edit()
        if number % 5 == 0:
            await editor.record()
    cutoff = editor.records[4][0]
    old = [row for row in await list_entries(tenant) if row["created_at"] < cutoff]
    assert await prune_tenant(app_fixture.database, tenant.id, cutoff) == len(old)
    entries = await list_entries(tenant)
    assert not [row for row in entries if row["created_at"] < cutoff]
    (pruned,) = [row for row in entries if row["action"] == AuditAction.PRUNED]
    assert pruned["after"] == {"before": serialize_time(cutoff), "entries": len(old)}
    assert (pruned["actor_kind"], pruned["noun"], pruned["object_id"]) == (ActorKind.OPERATOR, "Tenant", tenant.id)
    for time, recorded in editor.records[4:]:
        past = await editor.read(time)
        assert {id: past[id] for id in recorded} == recorded
    response = await tenant.client(Role.ADMIN)(
        by_id("team"), id=editor.ids["team"][0], asOf=(cutoff - datetime.timedelta(seconds=1)).isoformat()
    )
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert await prune_tenant(app_fixture.database, tenant.id, cutoff) == 0
    assert await list_entries(tenant) == entries
    await assert_protected(tenant)


async def test_other_tenants_are_not_pruned(sample_data: SampleData, tenant_rows: TenantRows) -> None:
    tenant, other = sample_data.tenant, sample_data.tenant.app_fixture.other_tenant
    before = await list_entries(other)
    assert await prune_tenant(tenant.app_fixture.database, tenant.id, utc_now())
    assert await list_entries(other) == before


@pytest.mark.any_server
async def test_purged_object_has_no_past(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    team, other = await tenant.create(Team, name="Diggers"), await tenant.create(Team, name="Others")
    client, time = tenant.client(Role.ADMIN), utc_now().isoformat()
    (await client(documents.delete("Team"), id=global_id(team))).payload("deleteTeam")
    async with app_fixture.database.write_engine.begin() as connection:
        order = app_fixture.database.log_order
        assert await purge_object(connection, tenant.id, team.id, order) == 2
        assert await purge_object(connection, tenant.id, parse_id("team", "nonsense"), order) == 0
    entries = [row for row in await list_entries(tenant) if row["object_id"] == team.id]
    assert [row["action"] for row in entries] == ["CREATED", "DELETED", "PURGED"]
    assert {str(row["before"] | row["after"]) for row in entries} == {"{}"}
    assert entries[0]["changed_fields"].split()
    assert entries[2]["actor_kind"] == ActorKind.OPERATOR
    assert (await client(by_id("team"), id=global_id(team), asOf=time)).data["team"] is None
    assert (await client(by_id("team"), id=global_id(other), asOf=time)).data["team"]["name"] == "Others"
    await assert_protected(tenant)


def test_commands_prune_and_purge(allotment: CommandRunner) -> None:
    allotment("create-user", "ada@example.test", "--name", "Ada", "--password-stdin", input="Correct-horse-1!\n")
    allotment("create-tenant", "New", "--slug", "new", "--owner", "ada@example.test")
    earlier, today = utc_now() - datetime.timedelta(days=4), utc_now()
    recent = allotment("audit", "prune", "--before", f"{today:%Y-%m-%d}")
    assert recent.exit_code == 1
    assert "AUDIT_KEEP_DAYS=365 protects entries since" in recent.stderr
    old = allotment("audit", "prune", "--before", "2025-01-01")
    assert (old.exit_code, old.output) == (0, "new: deleted 0 entries.\n")
    arguments = ("audit", "prune", "--before", f"{earlier:%Y-%m-%d}", "--tenant", "new")
    assert "CHANGES_KEEP_DAYS=30 protects" in allotment(*arguments, AUDIT_KEEP_DAYS="0").stderr
    settings = {"AUDIT_KEEP_DAYS": "0", "CHANGES_KEEP_DAYS": "1"}
    assert allotment(*arguments, **settings).output == "new: deleted 0 entries.\n"
    assert allotment("audit", "prune", "--before", f"{today:%Y-%m-%d}", AUDIT_KEEP_DAYS="0").exit_code == 1
    unknown = allotment("audit", "purge", "task_" + "0" * 32, "--tenant", "new")
    assert (unknown.exit_code, "has no entries" in unknown.stderr) == (1, True)
    assert allotment("audit", "purge", "task_" + "0" * 32, "--tenant", "nowhere").exit_code == 1
