"""`allotment events`: what has drifted from its events is found, and made right again."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete

from models import Account, Snapshot
from models.relations import table_of
from services import account_state, transfer
from services.transfer import Money
from services.unit_of_work import UnitOfWork
from tests.support.command_line import Allotment, on
from tests.support.scene import stored
from tests.support.world import Plot, World
from tests.tenancy.conftest import store as store  # noqa: PLC0414 -- a fixture
from tests.tenancy.store import Store

SPOILS: dict[str, dict[str, Any]] = {
    "balance": {"balance": Decimal("7.0000")},
    "name": {"name": "Another"},
    "events": {"events": 5},
    "currency": {"currency": "USD"},
}


@pytest.fixture
def allotment(database_url: str) -> Allotment:
    """The command line on the test's database."""
    return on(database_url)


@pytest.fixture
async def account(world: World, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account with snapshots of its first few events."""
    monkeypatch.setattr(account_state, "EVERY", 2)
    made = await world.here.account("Till", "100")
    for _ in range(4):
        await move(world.here, made)
    return made


async def move(plot: Plot, account: Account) -> None:
    async def withdraw(work: UnitOfWork) -> Any:
        return await transfer.withdraw(work, account.id, Money(Decimal("1.50")))

    await plot.make(withdraw)


def key(world: World, account: Account) -> dict[str, Any]:
    return {"tenant_id": world.here.tenant_id, "id": account.id}


async def run(allotment: Allotment, *arguments: str) -> Any:
    """The command in a thread: it has an event loop of its own."""
    return await asyncio.to_thread(allotment, "events", *arguments)


async def test_a_ledger_that_nobody_touched_is_clean(allotment: Allotment, account: Account) -> None:
    result = await run(allotment, "verify")
    assert (result.exit_code, result.output) == (0, "Everything is what its events come to.\n")
    result = await run(allotment, "rebuild", "--tenant", "here")
    assert (result.exit_code, result.stdout) == (0, "Rebuilt 2 accounts; 0 of them had drifted.\n")


@pytest.mark.parametrize("what", SPOILS)
async def test_a_spoilt_row_is_found_and_rebuilt(
    what: str, allotment: Allotment, account: Account, world: World, store: Store
) -> None:
    before = await stored(world.here, Account)
    await store.change(table_of(Account), key(world, account), **SPOILS[what])
    result = await run(allotment, "verify")
    (drift,) = result.stdout.splitlines()
    assert result.exit_code == 1
    assert drift.startswith(f"here: account_{account.id.hex}: its {what} is {SPOILS[what][what]}")
    result = await run(allotment, "rebuild")
    assert result.stdout == "Rebuilt 2 accounts; 1 of them had drifted.\n"
    assert (await run(allotment, "verify")).exit_code == 0
    assert whole(await stored(world.here, Account)) == whole(before)
    await move(world.here, account)


def whole(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without what says that they were written again."""
    kept = [
        {name: value for name, value in row.items() if name not in ("version", "created_at", "updated_at")}
        for row in rows
    ]
    return sorted(kept, key=str)


async def test_a_spoilt_snapshot_is_found_and_rebuilt(
    allotment: Allotment, account: Account, world: World, store: Store
) -> None:
    before = await stored(world.here, Snapshot)
    assert len(before) > 2
    table = table_of(Snapshot)
    stream = {"tenant_id": world.here.tenant_id, "stream_id": account.id, "version": 2}
    await store.change(table, stream, state={"name": "Another"})
    result = await run(allotment, "verify")
    assert result.stdout == f"here: account_{account.id.hex}: the snapshot at event 2 is another\n"
    assert (await run(allotment, "rebuild")).exit_code == 0
    assert sorted(await stored(world.here, Snapshot), key=str) == sorted(before, key=str)
    await store.change(table, stream, version=99)
    assert "there is a snapshot at event 99, but no such event" in (await run(allotment, "verify")).stdout


async def test_an_account_that_is_gone_is_found_and_comes_back(
    allotment: Allotment, world: World, store: Store
) -> None:
    made = await world.here.account("Empty")
    before = await stored(world.here, Account)
    async with store._engine.begin() as connection:  # noqa: SLF001 -- past the application
        table = table_of(Account)
        await connection.execute(delete(table).where(table.c.id == made.id))
    result = await run(allotment, "verify")
    assert result.stdout == f"here: account_{made.id.hex}: it has events, but no row\n"
    assert (await run(allotment, "rebuild")).exit_code == 0
    assert whole(await stored(world.here, Account)) == whole(before)
    assert (await run(allotment, "verify")).exit_code == 0


async def test_a_tenant_that_is_not_there_is_named(allotment: Allotment, world: World) -> None:
    for command in ("verify", "rebuild"):
        result = await run(allotment, command, "--tenant", "nowhere")
        assert (result.exit_code, result.stderr) == (1, "allotment: tenant: There is no tenant nowhere.\n")
