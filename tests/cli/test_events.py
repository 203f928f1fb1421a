"""`allotment events`: stored state that differs from its events is reported and rebuilt."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete

from models import Account, Snapshot
from models.relations import table_of
from services.core.unit_of_work import UnitOfWork
from services.ledger import account_state, transfer
from services.ledger.transfer import TransferAmount
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.command_line import CommandRunner, command_runner
from tests.support.sample_data import fetch_table
from tests.tenancy.conftest import tenant_rows as tenant_rows  # noqa: PLC0414 -- a fixture
from tests.tenancy.tenant_rows import TenantRows

CHANGES: dict[str, dict[str, Any]] = {
    "balance": {"balance": Decimal("7.0000")},
    "name": {"name": "Another"},
    "events": {"events": 5},
    "currency": {"currency": "USD"},
}


@pytest.fixture
def allotment(database_url: str) -> CommandRunner:
    """The command line on the database of `app_fixture`."""
    return command_runner(database_url)


@pytest.fixture
async def account(app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account with a snapshot after every second event."""
    monkeypatch.setattr(account_state, "SNAPSHOT_INTERVAL", 2)
    new_account = await app_fixture.tenant.open_account("Till", "100")
    for _ in range(4):
        await withdraw(app_fixture.tenant, new_account)
    return new_account


async def withdraw(tenant: TenantFixture, account: Account) -> None:
    async def use_case(work: UnitOfWork) -> Any:
        return await transfer.withdraw(work, account.id, TransferAmount(Decimal("1.50")))

    await tenant.run_use_case(use_case)


def primary_key(app_fixture: AppFixture, account: Account) -> dict[str, Any]:
    return {"tenant_id": app_fixture.tenant.id, "id": account.id}


async def run(allotment: CommandRunner, *arguments: str) -> Any:
    """Run the command in a thread, because it starts its own event loop."""
    return await asyncio.to_thread(allotment, "events", *arguments)


async def test_unchanged_ledger_matches_its_events(allotment: CommandRunner, account: Account) -> None:
    result = await run(allotment, "verify")
    assert (result.exit_code, result.output) == (0, "Everything matches its events.\n")
    result = await run(allotment, "rebuild", "--tenant", "here")
    assert (result.exit_code, result.stdout) == (0, "Rebuilt 2 accounts; 0 of them differed from their events.\n")


@pytest.mark.parametrize("column", CHANGES)
async def test_changed_account_is_reported_and_rebuilt(
    column: str, allotment: CommandRunner, account: Account, app_fixture: AppFixture, tenant_rows: TenantRows
) -> None:
    before = await fetch_table(app_fixture.tenant, Account)
    await tenant_rows.update(table_of(Account), primary_key(app_fixture, account), **CHANGES[column])
    result = await run(allotment, "verify")
    (difference,) = result.stdout.splitlines()
    assert result.exit_code == 1
    assert difference.startswith(f"here: account_{account.id.hex}: its {column} is {CHANGES[column][column]}")
    result = await run(allotment, "rebuild")
    assert result.stdout == "Rebuilt 2 accounts; 1 of them differed from their events.\n"
    assert (await run(allotment, "verify")).exit_code == 0
    assert without_write_metadata(await fetch_table(app_fixture.tenant, Account)) == without_write_metadata(before)
    await withdraw(app_fixture.tenant, account)


def without_write_metadata(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows, sorted, without the columns that change with every write."""
    stripped = [
        {name: value for name, value in row.items() if name not in ("version", "created_at", "updated_at")}
        for row in rows
    ]
    return sorted(stripped, key=str)


async def test_changed_snapshot_is_reported_and_rebuilt(
    allotment: CommandRunner, account: Account, app_fixture: AppFixture, tenant_rows: TenantRows
) -> None:
    before = await fetch_table(app_fixture.tenant, Snapshot)
    assert len(before) > 2
    table = table_of(Snapshot)
    stream = {"tenant_id": app_fixture.tenant.id, "stream_id": account.id, "version": 2}
    await tenant_rows.update(table, stream, state={"name": "Another"})
    result = await run(allotment, "verify")
    assert result.stdout == f"here: account_{account.id.hex}: the snapshot at event 2 differs from the events\n"
    assert (await run(allotment, "rebuild")).exit_code == 0
    assert sorted(await fetch_table(app_fixture.tenant, Snapshot), key=str) == sorted(before, key=str)
    await tenant_rows.update(table, stream, version=99)
    assert "there is a snapshot at event 99, but no such event" in (await run(allotment, "verify")).stdout


async def test_deleted_account_is_reported_and_rebuilt(
    allotment: CommandRunner, app_fixture: AppFixture, tenant_rows: TenantRows
) -> None:
    new_account = await app_fixture.tenant.open_account("Empty")
    before = await fetch_table(app_fixture.tenant, Account)
    async with tenant_rows._engine.begin() as connection:  # noqa: SLF001 -- bypasses the application
        table = table_of(Account)
        await connection.execute(delete(table).where(table.c.id == new_account.id))
    result = await run(allotment, "verify")
    assert result.stdout == f"here: account_{new_account.id.hex}: it has events, but no row\n"
    assert (await run(allotment, "rebuild")).exit_code == 0
    assert without_write_metadata(await fetch_table(app_fixture.tenant, Account)) == without_write_metadata(before)
    assert (await run(allotment, "verify")).exit_code == 0


async def test_unknown_tenant_is_reported(allotment: CommandRunner, app_fixture: AppFixture) -> None:
    for command in ("verify", "rebuild"):
        result = await run(allotment, command, "--tenant", "nowhere")
        assert (result.exit_code, result.stderr) == (1, "allotment: tenant: There is no tenant nowhere.\n")
