"""The accounts of an imported tenant's users: found by id or address, created, or erased meanwhile."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from database.authentication import Credentials
from database.engine import Database
from models import AuditEntry, Event, Membership, Tenant, User, Worker
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from server.database_factory import build_database
from services.core.use_case import run_use_case
from services.people import administration
from services.people import user as people
from tests.cli.conftest import allotment
from tests.support.app_fixture import FAST_PASSWORDS, PASSWORD
from tests.support.command_line import CommandRunner
from tests.support.sample_data import SampleData
from tests.support.settings import build_settings
from tests.tenant_data.helpers import erase, export, read_lines, rows_of, run, write_lines

__all__ = ["allotment"]
pytestmark = pytest.mark.slow


async def fetch(database: Database, table: Table, tenant_id: Any = None) -> list[dict[str, Any]]:
    """Return the rows of a table, of one tenant if its policy requires that."""
    from server.tenant_data.transactions import read_snapshot

    async with read_snapshot(database, tenant_id) as connection:
        return [dict(row._mapping) for row in await connection.execute(select(table))]


async def test_accounts_are_found_by_address(
    sample_data: SampleData, allotment: CommandRunner, other_allotment: CommandRunner, other_url: str, tmp_path: Path
) -> None:
    """A user who has an account with another id there appears with that id everywhere, also within JSON."""
    tenant = sample_data.tenant
    owner, member = tenant.users[Role.OWNER], tenant.users[Role.MEMBER]
    database = build_database(build_settings(other_url))

    async def add(work: Any) -> User:
        values = {"email": owner.email, "full_name": "Same person", "email_verified_at": utc_now()}
        return await people.add_user(work, FAST_PASSWORDS, values, PASSWORD)

    account: User = await run_use_case(database, Credentials(), add)
    file = await export(allotment, tmp_path / "here.jsonl")
    assert owner.id.hex in file.read_text().replace("-", "")
    refused = await run(other_allotment, "import", file, status=1)
    assert "users of the tenant have no account here" in refused.stderr
    assert member.email in refused.stderr
    assert owner.email not in refused.stderr
    assert "--create-users" in refused.stderr
    assert await fetch(database, table_of(Tenant), tenant.id) == []
    dry = await run(other_allotment, "import", file, "--create-users", "--dry-run")
    assert "would be imported" in dry.output
    assert await fetch(database, table_of(Tenant), tenant.id) == []
    await run(other_allotment, "import", file, "--create-users")
    memberships = await fetch(database, table_of(Membership), tenant.id)
    assert {row["user_id"] for row in memberships if row["role"] == Role.OWNER} == {account.id}
    entries = await fetch(database, table_of(AuditEntry), tenant.id)
    assert account.id in {row["actor_id"] for row in entries}
    events = await fetch(database, table_of(Event), tenant.id)
    assert public_id("user", account.id) in {row["meta"]["actor"] for row in events}
    assert owner.id.hex not in (await export(other_allotment, tmp_path / "again.jsonl")).read_text().replace("-", "")
    created = {row["email"]: row for row in await fetch(database, table_of(User), tenant.id)}[member.email]
    assert (created["password_hash"], created["is_active"], created["is_superuser"]) == (None, True, False)
    await database.close()


async def test_account_that_someone_else_may_have_registered_gets_no_membership(
    sample_data: SampleData, allotment: CommandRunner, other_allotment: CommandRunner, other_url: str, tmp_path: Path
) -> None:
    """It has a password, and has not verified the address. Without a password, only the owner of the address can use
    it."""
    owner, database = sample_data.tenant.users[Role.OWNER], build_database(build_settings(other_url))

    async def add(work: Any) -> None:
        await people.add_user(work, FAST_PASSWORDS, {"email": owner.email, "full_name": "Someone"}, PASSWORD)

    await run_use_case(database, Credentials(), add)
    file = await export(allotment, tmp_path / "here.jsonl")
    refused = await run(other_allotment, "import", file, "--create-users", status=1)
    assert "someone else may have registered" in refused.stderr
    assert owner.email in refused.stderr
    assert await fetch(database, table_of(Tenant), sample_data.tenant.id) == []
    async with database.write_engine.begin() as connection:
        await connection.execute(update(table_of(User)).values(password_hash=None))
    await run(other_allotment, "import", file, "--create-users")
    await database.close()


async def test_account_with_another_address_is_found_by_id(
    sample_data: SampleData, allotment: CommandRunner, tmp_path: Path
) -> None:
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    lines = read_lines(file)
    for row in rows_of(lines, "user"):
        row["email"] = f"old-{row['email']}"
    result = await run(allotment, "import", write_lines(file, lines))
    assert "created 0 accounts" in result.output
    assert (await sample_data.tenant.client(Role.OWNER)("{ tasks { totalCount } }")).data["tasks"]["totalCount"] > 0


async def test_user_who_was_erased_meanwhile_stays_erased(
    sample_data: SampleData, allotment: CommandRunner, tmp_path: Path
) -> None:
    """They get no membership again, and a worker is not linked to them."""
    tenant = sample_data.tenant
    database, member = tenant.app_fixture.database, tenant.users[Role.MEMBER]
    workers = {row["user_id"] for row in await fetch(database, table_of(Worker), tenant.id)}
    assert workers
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    root = await tenant.app_fixture.create_user("root@nowhere.test", is_superuser=True)
    erased = [member.id, *(id for id in workers if id is not None and id != member.id)]
    for user_id in erased:
        delete = partial(administration.delete_user, id=user_id)
        await run_use_case(database, Credentials(root.id), delete)
    await run(allotment, "import", file)
    memberships = await fetch(database, table_of(Membership), tenant.id)
    assert not {row["user_id"] for row in memberships} & set(erased)
    assert {row["user_id"] for row in await fetch(database, table_of(Worker), tenant.id)} == {None}
    orders = (await tenant.client(Role.OWNER)("{ orders { totalCount } }")).data["orders"]["totalCount"]
    assert orders == len(sample_data.rows["order"])


@pytest.mark.only("sqlite")
async def test_two_users_cannot_have_the_same_account(
    sample_data: SampleData, allotment: CommandRunner, tmp_path: Path
) -> None:
    """The file has the address of one user for another, who has no account here."""
    file = await export(allotment, tmp_path / "here.jsonl")
    await erase(allotment)
    lines = read_lines(file)
    first, second, *_ = rows_of(lines, "user")
    second["email"], first["email"] = first["email"], "earlier@here.test"
    second["id"] = f"{second['id'][:-4]}0000"
    refused = await run(allotment, "import", write_lines(file, lines), "--create-users", status=1)
    assert f"{second['email']} is the address of an account here" in refused.stderr
    assert sample_data.rows
