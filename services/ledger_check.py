"""The ledger held against its events: where they differ it has drifted, and can be rebuilt.

Each account is looked at under its lock, so that whoever moves money meanwhile waits for no more than one of them.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from models import Account, Event, LedgerEntry, Snapshot, Transfer
from models.ids import public_id
from models.relations import table_of
from queries.scope import visible
from services import account as accounts
from services import account_state, events
from services.account_state import FORM, AccountState
from services.unit_of_work import UnitOfWork

NOTHING = Decimal(0)
SIDES = 2


@dataclass(frozen=True)
class Drift:
    """Something that is not what the events say."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


async def all_accounts(work: UnitOfWork) -> list[UUID]:
    """The accounts that have a row or a stream."""
    account, event = table_of(Account), table_of(Event)
    rows = select(account.c.id).where(visible(account))
    first = and_(event.c.stream_type == "account", event.c.version == 1)
    streams = select(event.c.stream_id.label("id")).where(visible(event), first)
    return sorted({row.id for row in [*await work.rows(rows), *await work.rows(streams)]})


async def verify_account(work: UnitOfWork, id: UUID) -> list[Drift]:
    """Where an account's row, entries or snapshots are not what its events come to."""
    where, found = public_id("account", id), (await accounts.locked(work, [id])).get(id)
    wanted, snapshots = AccountState(), await _snapshots(work, id)
    drifts = []
    async for state in _states(work, id):
        wanted = state
        kept = snapshots.pop(state.events, None)
        if kept is not None and kept != state.written():
            drifts.append(Drift(where, f"the snapshot at event {state.events} is another"))
    drifts += [Drift(where, f"there is a snapshot at event {version}, but no such event") for version in snapshots]
    if found is None:
        return [*drifts, Drift(where, "it has events, but no row")]
    drifts += [Drift(where, each) for each in _differences(AccountState.of(found), wanted)]
    entries = await _entries(work, id)
    if entries != wanted.balance:
        drifts.append(Drift(where, f"its entries sum to {entries}, its events to {wanted.balance}"))
    return drifts


async def verify_transfers(work: UnitOfWork) -> list[Drift]:
    """Transfers whose entries are not two that sum to zero."""
    transfer, entry = table_of(Transfer), table_of(LedgerEntry)
    both = and_(entry.c.transfer_id == transfer.c.id, visible(entry))
    total, number = func.sum(entry.c.amount), func.count(entry.c.id)
    found = select(transfer.c.id).outerjoin(entry, both).where(visible(transfer)).group_by(transfer.c.id)
    rows = await work.rows(found.having((total != NOTHING) | (number != SIDES)))
    return [Drift(public_id("transfer", row.id), "its entries are not two that sum to zero") for row in rows]


async def rebuild_account(work: UnitOfWork, id: UUID) -> bool:
    """Make an account's row and its snapshots anew from its events; whether the row had drifted."""
    found: Account | None = (await accounts.locked(work, [id])).get(id)
    table = table_of(Snapshot)
    await work.delete_all(Snapshot, and_(table.c.stream_type == "account", table.c.stream_id == id))
    wanted = AccountState()
    async for event in events.load(work, "account", id):
        wanted.apply(event)
        if wanted.events % account_state.EVERY == 0:
            await account_state.keep(work, id, wanted, event.created_at)
    values = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    if found is None:
        await work.add(Account(id=id, **values))
        return True
    drifted = any(_differences(AccountState.of(found), wanted))
    for name, value in values.items():
        setattr(found, name, value)
    await work.flush()
    return drifted


async def _states(work: UnitOfWork, id: UUID) -> AsyncIterator[AccountState]:
    """What the account's events come to, after each of them."""
    state = AccountState()
    async for event in events.load(work, "account", id):
        state.apply(event)
        yield state


def _differences(found: AccountState, wanted: AccountState) -> Iterator[str]:
    for each in fields(AccountState):
        ours, theirs = getattr(found, each.name), getattr(wanted, each.name)
        if ours != theirs:
            yield f"its {each.name.replace('_', ' ')} is {ours}, its events come to {theirs}"


async def _snapshots(work: UnitOfWork, id: UUID) -> dict[int, dict[str, Any]]:
    table = table_of(Snapshot)
    mine = (table.c.stream_type == "account", table.c.stream_id == id, table.c.form == FORM)
    rows = await work.rows(select(table.c.version, table.c.state).where(visible(table), *mine))
    return {row.version: row.state for row in rows}


async def _entries(work: UnitOfWork, id: UUID) -> Decimal:
    table = table_of(LedgerEntry)
    total = func.sum(table.c.amount).label("total")
    (row,) = await work.rows(select(total).where(visible(table), table.c.account_id == id))
    return row.total or NOTHING
