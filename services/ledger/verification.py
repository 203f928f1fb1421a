"""Verification of the ledger: compare accounts and transfers with their events, and rebuild what differs.

Accounts are verified one at a time, each under its lock, so that concurrent transfers wait for one account at most.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from models import Account, Event, LedgerEntry, Snapshot, Transfer
from models.ids import public_id
from models.relations import table_of
from queries.scope import visible
from services.core import events
from services.core.unit_of_work import UnitOfWork
from services.ledger import account as accounts
from services.ledger import account_state
from services.ledger.account_state import SCHEMA_VERSION, AccountState

ZERO = Decimal(0)
ENTRIES_PER_TRANSFER = 2


@dataclass(frozen=True)
class Drift:
    """A difference between stored data and the events."""

    location: str
    description: str

    def __str__(self) -> str:
        return f"{self.location}: {self.description}"


async def list_account_ids(work: UnitOfWork) -> list[UUID]:
    """List the accounts that have a row or a stream."""
    account, event = table_of(Account), table_of(Event)
    rows = select(account.c.id).where(visible(account))
    is_first_event = and_(event.c.stream_type == "account", event.c.version == 1)
    streams = select(event.c.stream_id.label("id")).where(visible(event), is_first_event)
    return sorted({row.id for row in [*await work.rows(rows), *await work.rows(streams)]})


async def verify_account(work: UnitOfWork, id: UUID) -> list[Drift]:
    """List the differences between an account's events and its row, entries and snapshots."""
    location, account = public_id("account", id), (await accounts.lock_accounts(work, [id])).get(id)
    state, snapshots = AccountState(), await _load_snapshots(work, id)
    drifts = []
    async for event in events.load_events(work, "account", id):
        state.apply(event)
        snapshot = snapshots.pop(state.events, None)
        if snapshot is not None and snapshot != state.to_json():
            drifts.append(Drift(location, f"the snapshot at event {state.events} differs from the events"))
    drifts += [Drift(location, f"there is a snapshot at event {version}, but no such event") for version in snapshots]
    if account is None:
        return [*drifts, Drift(location, "it has events, but no row")]
    drifts += [Drift(location, difference) for difference in _differences(AccountState.from_row(account), state)]
    total = await _sum_entries(work, id)
    if total != state.balance:
        drifts.append(Drift(location, f"its entries sum to {total}, but its events to {state.balance}"))
    return drifts


async def verify_transfers(work: UnitOfWork) -> list[Drift]:
    """List the transfers that do not have two entries which sum to zero."""
    transfer, entry = table_of(Transfer), table_of(LedgerEntry)
    of_transfer = and_(entry.c.transfer_id == transfer.c.id, visible(entry))
    total, count = func.sum(entry.c.amount), func.count(entry.c.id)
    query = select(transfer.c.id).outerjoin(entry, of_transfer).where(visible(transfer)).group_by(transfer.c.id)
    rows = await work.rows(query.having((total != ZERO) | (count != ENTRIES_PER_TRANSFER)))
    return [Drift(public_id("transfer", row.id), "it does not have two entries that sum to zero") for row in rows]


async def rebuild_account(work: UnitOfWork, id: UUID) -> bool:
    """Rebuild an account's row and snapshots from its events. Return whether the row differed from them."""
    account: Account | None = (await accounts.lock_accounts(work, [id])).get(id)
    snapshot = table_of(Snapshot)
    await work.delete_all(Snapshot, and_(snapshot.c.stream_type == "account", snapshot.c.stream_id == id))
    state = AccountState()
    async for event in events.load_events(work, "account", id):
        state.apply(event)
        if state.events % account_state.SNAPSHOT_INTERVAL == 0:
            await account_state.insert_snapshot(work, id, state, event.created_at)
    values = {field.name: getattr(state, field.name) for field in fields(state)}
    if account is None:
        await work.add(Account(id=id, **values))
        return True
    has_drifted = any(_differences(AccountState.from_row(account), state))
    for name, value in values.items():
        setattr(account, name, value)
    await work.flush()
    return has_drifted


def _differences(stored: AccountState, computed: AccountState) -> Iterator[str]:
    for field in fields(AccountState):
        stored_value, computed_value = getattr(stored, field.name), getattr(computed, field.name)
        if stored_value != computed_value:
            yield f"its {field.name.replace('_', ' ')} is {stored_value}, but {computed_value} according to its events"


async def _load_snapshots(work: UnitOfWork, id: UUID) -> dict[int, dict[str, Any]]:
    table = table_of(Snapshot)
    of_account = (table.c.stream_type == "account", table.c.stream_id == id, table.c.schema_version == SCHEMA_VERSION)
    rows = await work.rows(select(table.c.version, table.c.state).where(visible(table), *of_account))
    return {row.version: row.state for row in rows}


async def _sum_entries(work: UnitOfWork, id: UUID) -> Decimal:
    table = table_of(LedgerEntry)
    total = func.sum(table.c.amount).label("total")
    (row,) = await work.rows(select(total).where(visible(table), table.c.account_id == id))
    return row.total or ZERO
