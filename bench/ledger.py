"""Measures transfers per second, compared with hand-written code that writes the same, with the audit, and loading an
account with and without snapshots.

    python -m bench.ledger transfers [--short]
    python -m bench.ledger snapshots [--short]

It starts its own PostgreSQL server. The ratios are what counts; the absolute figures depend on the machine.
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

from bench.hand_written_transfer import HandWrittenTransfer
from bench.throughput import compare_per_second, format_ratio, measure_milliseconds
from database.authentication import Credentials, SystemCredentials
from database.engine import Database
from models import Event
from models.base import utc_now
from models.membership import Role
from server.config.settings import load_settings
from server.database_factory import build_database
from server.database_revision import upgrade_database
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.ledger import account, account_state, transfer, verification
from services.ledger.event_types import AccountCredited
from services.ledger.transfer import TransferAmount
from services.people import user
from services.people.passwords import Passwords
from tests.harness.cluster import Cluster

CONCURRENCY = 8
ACCOUNTS = 50
INITIAL_BALANCE = TransferAmount(Decimal(1_000_000))
AMOUNT = TransferAmount(Decimal("0.01"))
BATCH_SIZE = 5_000


@dataclass
class Ledger:
    """A tenant with funded accounts."""

    database: Database
    credentials: Credentials
    tenant_id: UUID
    ids: list[UUID]

    async def run(self, use_case: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        """Run the use case as the tenant's owner."""
        return await run_use_case(self.database, self.credentials, use_case)

    async def transfer(self, source: UUID, target: UUID) -> None:
        """Make one transfer."""
        await self.run(lambda work: transfer.transfer_funds(work, source, target, AMOUNT))


async def create_ledger(database: Database) -> Ledger:
    """Create a tenant with funded accounts."""

    async def create_tenant(work: UnitOfWork) -> tuple[UUID, UUID]:
        values = {"email": "owner@bench.test", "full_name": "Owner"}
        owner = await user.add_user(work, Passwords(4), values, "Allotment-bench-1!")
        tenant = await user.add_tenant(work, "Bench", "bench")
        await user.add_member(work, tenant.id, owner.id, Role.OWNER)
        return tenant.id, owner.id

    tenant_id, owner_id = await run_use_case(database, Credentials(), create_tenant)
    ledger = Ledger(database, Credentials(owner_id, "bench"), tenant_id, [])
    for number in range(ACCOUNTS):
        ledger.ids.append(await ledger.run(partial(_open_funded_account, f"{number}")))
    return ledger


async def _open_funded_account(name: str, work: UnitOfWork) -> UUID:
    opened = await account.open_account(work, {"name": name, "currency": "EUR"})
    await transfer.deposit(work, opened.id, INITIAL_BALANCE)
    return opened.id


async def measure_transfers(ledger: Ledger, url: str, *, short: bool) -> None:
    """Measure transfers per second: sequential, concurrent among all accounts, and concurrent from one account."""
    seconds, rng = (0.5 if short else 5.0), random.Random(1)  # noqa: S311
    shared_id, *other_ids = ledger.ids
    select_any: Callable[[], list[UUID]] = lambda: rng.sample(ledger.ids, 2)  # noqa: E731
    next_ids = itertools.cycle(other_ids)
    select_shared: Callable[[], list[UUID]] = lambda: [shared_id, next(next_ids)]  # noqa: E731
    print(f"{'transferFunds':<44}{'allotment':>10}{'by hand':>12}")
    async with HandWrittenTransfer(url, ledger.credentials, CONCURRENCY) as hand_written:
        for label, select, concurrency in (
            ("sequential", select_any, 1),
            (f"{CONCURRENCY} concurrent, among {ACCOUNTS} accounts", select_any, CONCURRENCY),
            (f"{CONCURRENCY} concurrent, all from one account", select_shared, CONCURRENCY),
        ):
            speeds = await compare_per_second(
                lambda select=select: ledger.transfer(*select()),  # type: ignore[misc]
                lambda select=select: hand_written.transfer(*select()),  # type: ignore[misc]
                seconds=seconds,
                concurrency=concurrency,
            )
            print(format_ratio(label, *speeds))
    drifts = await run_use_case(ledger.database, SystemCredentials(tenant_id=ledger.tenant_id), _find_drifts)
    print("the balances match the events" if not drifts else f"DRIFT: {drifts[:3]}")


async def _find_drifts(work: UnitOfWork) -> list[Any]:
    ids = await verification.list_account_ids(work)
    return [drift for id in ids for drift in await verification.verify_account(work, id)]


async def measure_snapshots(ledger: Ledger, *, short: bool) -> None:
    """Measure loading an account with 100,000 events, with and without snapshots."""
    event_count, id = (2_000 if short else 100_000), ledger.ids[0]
    await _append_events(ledger, id, event_count)
    credentials = SystemCredentials(tenant_id=ledger.tenant_id)
    await run_use_case(ledger.database, credentials, lambda work: verification.rebuild_account(work, id))

    async def load(work: UnitOfWork, *, snapshots: bool) -> Any:
        return await account_state.load_state(work, id, snapshots=snapshots)

    async def load_checked(*, snapshots: bool) -> None:
        state = await ledger.run(lambda work: load(work, snapshots=snapshots))
        assert state.events > event_count  # noqa: S101 -- the measured load must be complete

    without = await measure_milliseconds(lambda: load_checked(snapshots=False), repetitions=3)
    with_snapshots = await measure_milliseconds(lambda: load_checked(snapshots=True), repetitions=20)
    print(f"{'an account of ' + format(event_count, ',') + ' events':<44}{'without':>10}{'with':>12}")
    print(format_ratio("loaded with snapshots", without, with_snapshots, "ms"))


async def _append_events(ledger: Ledger, id: UUID, count: int) -> None:
    """Append credit events to the account's stream."""
    event, time = AccountCredited(transfer="transfer_bench", amount=Decimal("0.01")), utc_now()
    state = await ledger.run(lambda work: account_state.load_state(work, id))
    rows = (_build_row(id, state.events + number, event, time) for number in range(1, count + 1))
    for start in range(0, count, BATCH_SIZE):
        batch = list(itertools.islice(rows, min(BATCH_SIZE, count - start)))
        await ledger.run(partial(_insert, batch))


async def _insert(rows: list[dict[str, Any]], work: UnitOfWork) -> None:
    await work.insert_untracked(Event, rows)


def _build_row(id: UUID, version: int, event: AccountCredited, time: datetime.datetime) -> dict[str, Any]:
    return {
        "stream_type": "account",
        "stream_id": id,
        "version": version,
        "type": event.type,
        "schema_version": 1,
        "data": event.to_json(),
        "meta": {},
        "created_at": time,
    }


async def measure(benchmark: str, url: str, *, short: bool) -> None:
    """Run one of the two benchmarks."""
    settings = load_settings(None, environment="test", database_url=url, secret_key="x" * 40, db_pool_size=CONCURRENCY)
    database = build_database(settings)
    try:
        ledger = await create_ledger(database)
        if benchmark == "snapshots":
            await measure_snapshots(ledger, short=short)
        else:
            await measure_transfers(ledger, url, short=short)
    finally:
        await database.close()


def main() -> None:
    """Run the benchmark that the command line names."""
    benchmark = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "transfers")
    with Cluster(replicas=0) as cluster:
        cluster.execute("CREATE DATABASE bench OWNER allotment")
        url = cluster.dsn(database="bench")
        upgrade_database(url)
        asyncio.run(measure(benchmark, url, short="--short" in sys.argv))


if __name__ == "__main__":
    main()
