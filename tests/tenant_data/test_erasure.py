"""`allotment tenant erase`: nothing of the tenant remains but its slug, and others do not notice."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, table, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from database.authentication import Credentials
from models import AuditEntry, Team, Tenant
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from server.cli.tenant import erase_command
from server.tenant_data import erasing, transactions
from server.tenant_data.tables import list_tenant_tables
from services.core import records
from services.core.unit_of_work import UnitOfWork
from tests.audit.test_prune import assert_protected
from tests.changes.follower import Follower, start
from tests.cli.conftest import allotment
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner
from tests.support.sample_data import SampleData
from tests.tenancy.tenant_rows import TenantRows
from tests.tenant_data.helpers import erase, export, run

__all__ = ["allotment"]
CREATE_TENANT = "mutation ($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { code field } } }"
REOPEN = """mutation ($id: ID!) {
  reopenTenant(id: $id) { tenant { name closedAt } userErrors { code message } }
}"""


async def find_anywhere(connection: AsyncConnection, value: str) -> list[str]:
    """Return the tables of the database, also those without a model, that contain a text or an id in any column."""
    names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    found = []
    for name in names:
        rows = await connection.execute(select(text("*")).select_from(table(name)))
        if any(value in str(column).replace("-", "") for row in rows for column in row):
            found.append(name)
    return found


async def tables_with(tenant_rows: TenantRows, value: str) -> list[str]:
    async with tenant_rows._engine.begin() as connection:  # noqa: SLF001
        return sorted(await find_anywhere(connection, value))


@pytest.mark.any_server
@pytest.mark.slow
async def test_nothing_remains_but_the_slug(
    sample_data: SampleData, tenant_rows: TenantRows, allotment: CommandRunner
) -> None:
    app_fixture, tenant = sample_data.tenant.app_fixture, sample_data.tenant
    others = await tenant_rows.dump_tenant(app_fixture.other_tenant.id)
    await tenant.client(Role.OWNER)(documents.create("Document"), input={"title": "Zanzibar", "content": "Zanzibar"})
    assert len(await tables_with(tenant_rows, "anzibar")) >= 3  # its index for search, and its audit too
    assert len(await tables_with(tenant_rows, tenant.id.hex)) >= len(list_tenant_tables())
    result = await erase(allotment)
    assert "Erased the tenant here." in result.output
    assert "Erased task: 3 of 3" in result.stderr
    assert await tables_with(tenant_rows, "anzibar") == []
    remaining = await tables_with(tenant_rows, tenant.id.hex)
    of_operation = {"idempotency", "throttle", "log_counter"}  # the counter has numbered the remaining entry
    assert [name for name in remaining if name not in of_operation] == ["audit_entry", "tenant"]
    rows = await tenant_rows.dump_all()
    (own,) = [row for row in rows["tenant"] if row["id"] == tenant.id]
    assert (own["name"], own["slug"], own["locked_at"]) == ("Erased tenant", "here", None)
    assert None not in (own["closed_at"], own["erased_at"])
    (entry,) = [row for row in rows["audit_entry"] if row["tenant_id"] == tenant.id]
    assert (entry["action"], entry["actor_kind"], entry["noun"]) == ("PRUNED", "OPERATOR", "Tenant")
    assert entry["after"]["entries"] > 0
    assert await tenant_rows.dump_tenant(app_fixture.other_tenant.id) == others
    await assert_protected(app_fixture.other_tenant)
    assert "The tenant here is erased." in (await erase(allotment)).output


@pytest.mark.only("sqlite")
async def test_file_does_not_contain_deleted_text(
    app_fixture: AppFixture, allotment: CommandRunner, database_url: str
) -> None:
    await app_fixture.tenant.create(Team, name="Zanzibar")
    file = Path(database_url.removeprefix("sqlite:///"))
    log = file.with_name(f"{file.name}-wal")
    assert b"Zanzibar" in file.read_bytes() + log.read_bytes()
    await erase(allotment)
    async with app_fixture.database.write_engine.connect() as connection:
        await connection.rollback()
    await app_fixture.database.close()  # the last connection writes the log to the file
    assert b"Zanzibar" not in file.read_bytes()
    assert not log.exists()


@pytest.mark.slow
async def test_members_keep_their_accounts_and_the_slug_stays_taken(
    app_fixture: AppFixture, allotment: CommandRunner
) -> None:
    owner = app_fixture.tenant.users[Role.OWNER]
    await erase(allotment)
    client = app_fixture.client(owner)
    assert (await client("{ viewer { email memberships { totalCount } } }")).data == {
        "viewer": {"email": owner.email, "memberships": {"totalCount": 0}}
    }  # fmt: skip
    taken = await client(CREATE_TENANT, input={"name": "New", "slug": "here"})
    assert taken.user_errors("createTenant") == [("TAKEN", ["input", "slug"])]
    for command in (["export", "here"], ["import", "missing.jsonl"]):
        assert (await run(allotment, *command, status=1)).stderr
    other = await asyncio.to_thread(allotment, "events", "verify", "--tenant", "here")
    assert "The data of here was erased" in other.stderr


@pytest.mark.slow
async def test_superusers_cannot_reopen_it(app_fixture: AppFixture, allotment: CommandRunner) -> None:
    root = app_fixture.client(await app_fixture.create_user("root@nowhere.test", is_superuser=True))
    id, rows = public_id("tenant", app_fixture.tenant.id), table_of(Tenant)
    lock = update(rows).where(rows.c.id == app_fixture.tenant.id).values(closed_at=utc_now(), locked_at=utc_now())
    await app_fixture.execute_sql(lock)
    locked = (await root(REOPEN, id=id)).data["reopenTenant"]
    assert [error["code"] for error in locked["userErrors"]] == ["WRONG_STATUS"]
    await erase(allotment)
    erased = (await root(REOPEN, id=id)).data["reopenTenant"]
    assert erased["userErrors"] == [{"code": "WRONG_STATUS", "message": "Its data was erased."}]
    assert erased["tenant"]["name"] == "Erased tenant"


@pytest.mark.any_server
@pytest.mark.slow
async def test_erased_and_imported_feed_starts_over(
    app_fixture: AppFixture, allotment: CommandRunner, tmp_path: Path
) -> None:
    client = app_fixture.tenant.client(Role.ADMIN)
    follower = Follower(client)
    await start(follower)
    for number in range(3):
        await client(documents.create("Team"), input={"name": f"Team {number}"})
    await follower.follow_until(3)
    before = [change["objectId"] for change in await Follower(client).follow_all()]
    neighbor = Follower(app_fixture.other_tenant.client(Role.ADMIN))
    await start(neighbor)
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    await app_fixture.other_tenant.client(Role.ADMIN)(documents.create("Team"), input={"name": "Meanwhile"})
    await run(allotment, "import", file)
    expired = await follower.request()
    assert expired.error_codes == ["CURSOR_EXPIRED"]
    assert "was imported after this cursor" in expired.body["errors"][0]["message"]
    fresh = Follower(client)
    await fresh.follow_until(len(before))
    assert [change["objectId"] for change in fresh.received] == before
    await client(documents.create("Team"), input={"name": "After"})
    await fresh.follow_until(len(before) + 1)
    await neighbor.follow_until(1)


@pytest.mark.only("postgresql")
@pytest.mark.slow
async def test_transaction_that_began_before_is_awaited(
    app_fixture: AppFixture, tenant_rows: TenantRows, allotment: CommandRunner
) -> None:
    """It has authenticated while the tenant was open, and writes after it was closed."""
    tenant = app_fixture.tenant
    work = UnitOfWork(app_fixture.database, Credentials(tenant.users[Role.OWNER].id, tenant.slug))
    await work.begin()
    erasure = asyncio.create_task(erase(allotment))
    closed = select(table_of(Tenant).c.closed_at).where(table_of(Tenant).c.id == tenant.id)
    while not (await app_fixture.fetch_rows(closed))[0].closed_at:  # noqa: ASYNC110 -- another process writes it
        await asyncio.sleep(0.02)
    await records.create(work, Team, {"name": "Late"})
    await work.commit()
    await work.close()
    await erasure
    assert (await tenant_rows.dump_tenant(tenant.id))["team"] == []


@pytest.mark.slow
async def test_interrupted_erasure_continues(
    app_fixture: AppFixture, tenant_rows: TenantRows, allotment: CommandRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        await app_fixture.tenant.create(Team, name=f"Team {number}")
    monkeypatch.setattr(erasing, "BATCH", 5)
    delete, batches = erasing._delete_batch, 0  # noqa: SLF001

    async def fail_later(*arguments: object) -> int:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise KeyboardInterrupt
        return await delete(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(erasing, "_delete_batch", fail_later)
    interrupted = await run(allotment, "erase", "here", "--yes", status=130)
    assert "the same command erases the remaining rows" in interrupted.stderr
    assert "is being imported or erased" in (await run(allotment, "export", "here", status=1)).stderr
    await erase(allotment)
    rows = await tenant_rows.dump_tenant(app_fixture.tenant.id)
    assert {name: len(found) for name, found in rows.items() if found} == {"audit_entry": 1}


@pytest.mark.only("sqlite")
async def test_positions_are_not_assigned_again(
    app_fixture: AppFixture, allotment: CommandRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite counts from the newest row, which is one of the tenant."""
    await app_fixture.tenant.create(Team, name="Newest")
    newest = max(row.position for row in await app_fixture.fetch_rows(_entries(app_fixture)))
    monkeypatch.setattr(erasing, "BATCH", 2)
    await erase(allotment)
    rows = await app_fixture.fetch_rows(_entries(app_fixture))
    assert [row.action for row in rows] == ["PRUNED"]
    assert rows[0].position > newest


def _entries(app_fixture: AppFixture) -> object:
    entry = table_of(AuditEntry)
    return select(entry.c.position, entry.c.action).where(entry.c.tenant_id == app_fixture.tenant.id)


@pytest.mark.slow
async def test_erasure_is_confirmed(
    app_fixture: AppFixture, allotment: CommandRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "add --yes" in (await run(allotment, "erase", "here", status=1)).stderr
    assert "There is no tenant nowhere." in (await run(allotment, "erase", "nowhere", "--yes", status=1)).stderr
    monkeypatch.setattr(erase_command, "_has_terminal", lambda: True)
    wrong = await run(allotment, "erase", "here", status=1, input="there\n")
    assert "That is another slug. Nothing was changed." in wrong.stderr
    assert (await app_fixture.tenant.client(Role.OWNER)("{ tasks { totalCount } }")).data["tasks"]["totalCount"] == 0
    assert "Erased the tenant here." in (await run(allotment, "erase", "here", input="here\n")).output


@pytest.mark.only("postgresql")
@pytest.mark.slow
async def test_role_that_does_not_own_the_tables_is_refused(
    app_fixture: AppFixture, tenant_rows: TenantRows, allotment: CommandRunner
) -> None:
    async with tenant_rows._engine.begin() as connection:  # noqa: SLF001
        await connection.execute(text("ALTER TABLE audit_entry OWNER TO postgres"))
        await connection.execute(text("GRANT ALL ON audit_entry TO allotment"))
    refused = await run(allotment, "erase", "here", "--yes", status=1)
    assert "does not own audit_entry. Run it as the role that migrates the database" in refused.stderr
    assert (await app_fixture.tenant.client(Role.OWNER)("{ tasks { totalCount } }")).data


@pytest.mark.only("postgresql")
@pytest.mark.slow
async def test_lock_that_is_not_released_is_reported(
    app_fixture: AppFixture, allotment: CommandRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(transactions, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(transactions, "MAX_ATTEMPTS", 2)
    tenant = table_of(Tenant)
    async with app_fixture.database.write_engine.begin() as connection:
        await connection.execute(select(tenant).where(tenant.c.id == app_fixture.tenant.id).with_for_update())
        blocked = await run(allotment, "erase", "here", "--yes", status=1)
    assert "A long transaction of another process holds a lock" in blocked.stderr
