"""Money moved per second, and loading an account with many events; beside the same by hand, or without snapshots.

    python -m bench.ledger transfers [--short]
    python -m bench.ledger snapshots [--short]

It brings a PostgreSQL of its own. Ratios matter; the numbers are those of the machine.
"""

import asyncio
import datetime
import itertools
import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from bench.by_hand import ByHand
from bench.ratio import milliseconds, per_second, report
from models import Event
from models.base import now
from models.membership import Role
from queries.caller import Caller, Operator
from server.database import Database, connect
from server.migrate import upgrade
from server.settings import load_settings
from services import account, account_state, ledger_check, people, transfer
from services.event_types.account import AccountCredited
from services.passwords import Passwords
from services.transfer import Money
from services.unit_of_work import UnitOfWork, perform
from tests.harness.cluster import Cluster

AT_ONCE = 8
ACCOUNTS = 50
FILLING = Money(Decimal(1_000_000))
SHARE = Money(Decimal("0.01"))
BATCH = 5_000


@dataclass
class Ledger:
    """A tenant with accounts that have enough in them."""

    database: Database
    caller: Caller
    tenant_id: UUID
    ids: list[UUID]

    async def do(self, use_case: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        """Do it as the tenant's owner."""
        return await perform(self.database.writing, self.caller, use_case)

    async def move(self, source: UUID, target: UUID) -> None:
        """One transfer."""
        await self.do(lambda work: transfer.transfer_funds(work, source, target, SHARE))


async def make_ledger(database: Database) -> Ledger:
    """A new one."""

    async def settle(work: UnitOfWork) -> tuple[UUID, UUID]:
        values = {"email": "owner@bench.test", "full_name": "Owner"}
        owner = await people.add_user(work, Passwords(4), values, "Allotment-bench-1!")
        tenant = await people.add_tenant(work, "Bench", "bench")
        await people.add_member(work, tenant.id, owner.id, Role.OWNER)
        return tenant.id, owner.id

    tenant_id, owner_id = await perform(database.writing, Caller(), settle)
    ledger = Ledger(database, Caller(owner_id, "bench"), tenant_id, [])
    for number in range(ACCOUNTS):
        ledger.ids.append(await ledger.do(partial(_filled, f"{number}")))
    return ledger


async def _filled(name: str, work: UnitOfWork) -> UUID:
    made = await account.open_account(work, {"name": name, "currency": "EUR"})
    await transfer.deposit(work, made.id, FILLING)
    return made.id


async def transfers(ledger: Ledger, url: str, *, short: bool) -> None:
    """Transfers per second: one at a time, many among all accounts, and many that need the same one."""
    seconds, chance = (0.5 if short else 5.0), random.Random(1)  # noqa: S311
    one, *others = ledger.ids
    any_two: Callable[[], list[UUID]] = lambda: chance.sample(ledger.ids, 2)  # noqa: E731
    turns = itertools.cycle(others)
    same: Callable[[], list[UUID]] = lambda: [one, next(turns)]  # noqa: E731
    print(f"{'transferFunds':<44}{'allotment':>10}{'by hand':>12}")
    async with ByHand(url, ledger.caller, AT_ONCE) as hand:
        for what, ends, at_once in (
            ("alone", any_two, 1),
            (f"{AT_ONCE} at once, among {ACCOUNTS} accounts", any_two, AT_ONCE),
            (f"{AT_ONCE} at once, all from one account", same, AT_ONCE),
        ):
            ours = await per_second(lambda ends=ends: ledger.move(*ends()), seconds=seconds, at_once=at_once)  # type: ignore[misc]
            theirs = await per_second(lambda ends=ends: hand.move(*ends()), seconds=seconds, at_once=at_once)  # type: ignore[misc]
            print(report(what, ours, theirs))
    clean = await perform(ledger.database.writing, Operator(tenant_id=ledger.tenant_id), _drifts)
    print("the ledger is what its events say" if not clean else f"DRIFT: {clean[:3]}")


async def _drifts(work: UnitOfWork) -> list[Any]:
    ids = await ledger_check.all_accounts(work)
    return [each for id in ids for each in await ledger_check.verify_account(work, id)]


async def snapshots(ledger: Ledger, *, short: bool) -> None:
    """Loading an account of 100,000 events from its events, with snapshots and without."""
    number, id = (2_000 if short else 100_000), ledger.ids[0]
    await _fill(ledger, id, number)
    operator = Operator(tenant_id=ledger.tenant_id)
    await perform(ledger.database.writing, operator, lambda work: ledger_check.rebuild_account(work, id))

    async def load(work: UnitOfWork, *, snapshots: bool) -> Any:
        return await account_state.load(work, id, snapshots=snapshots)

    async def loaded(*, snapshots: bool) -> None:
        state = await ledger.do(lambda work: load(work, snapshots=snapshots))
        assert state.events > number  # noqa: S101 -- what is measured must be the real thing

    without = await milliseconds(lambda: loaded(snapshots=False), times=3)
    with_them = await milliseconds(lambda: loaded(snapshots=True), times=20)
    print(f"{'an account of ' + format(number, ',') + ' events':<44}{'without':>10}{'with':>12}")
    print(report("loaded with snapshots", without, with_them, "ms"))


async def _fill(ledger: Ledger, id: UUID, number: int) -> None:
    """So many credits more in an account's stream."""
    credited, time = AccountCredited(transfer="transfer_bench", amount=Decimal("0.01")), now()
    first = await ledger.do(lambda work: account_state.load(work, id))
    rows = (_row(id, first.events + each, credited, time) for each in range(1, number + 1))
    for start in range(0, number, BATCH):
        batch = list(itertools.islice(rows, min(BATCH, number - start)))
        await ledger.do(partial(_insert, batch))


async def _insert(rows: list[dict[str, Any]], work: UnitOfWork) -> None:
    await work.insert(Event, rows)


def _row(id: UUID, version: int, event: AccountCredited, time: datetime.datetime) -> dict[str, Any]:
    return {
        "stream_type": "account",
        "stream_id": id,
        "version": version,
        "type": event.type,
        "schema_version": 1,
        "data": event.written(),
        "meta": {},
        "created_at": time,
    }


async def measure(what: str, url: str, *, short: bool) -> None:
    """One of the two."""
    settings = load_settings(None, environment="test", database_url=url, secret_key="x" * 40, db_pool_size=AT_ONCE)
    database = connect(settings)
    try:
        ledger = await make_ledger(database)
        await (snapshots(ledger, short=short) if what == "snapshots" else transfers(ledger, url, short=short))
    finally:
        await database.close()


def main() -> None:
    """Measure what the command line names."""
    what = next((each for each in sys.argv[1:] if not each.startswith("-")), "transfers")
    with Cluster(replicas=0) as cluster:
        cluster.execute("CREATE DATABASE bench OWNER allotment")
        url = cluster.dsn(database="bench")
        upgrade(url)
        asyncio.run(measure(what, url, short="--short" in sys.argv))


if __name__ == "__main__":
    main()
