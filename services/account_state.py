"""What an account's events come to, with a snapshot to begin from where there is one."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from sqlalchemy import select

from models import Account, Snapshot
from models.account import AccountKind
from models.currency import in_places
from models.relations import table_of
from queries.scope import visible
from services import events
from services.event_types.account import AccountClosed, AccountCredited, AccountDebited, AccountOpened
from services.events import Recorded, Source
from services.unit_of_work import UnitOfWork

EVERY = 200
"""Events between two snapshots: loading an account reads fewer than these, however many it has."""
FORM = 1
"""Of the state in snapshots. Counted up when it changes: those of the form before are then passed over."""


@dataclass
class AccountState:
    """An account as of one of its events."""

    name: str = ""
    currency: str = ""
    kind: AccountKind = AccountKind.HELD
    balance: Decimal = Decimal(0)
    closed_at: datetime.datetime | None = None
    events: int = 0

    def apply(self, event: Recorded) -> None:
        """Go on to the next event."""
        match event.data:
            case AccountOpened(name=name, currency=currency, kind=kind):
                self.name, self.currency, self.kind = name, currency, kind
            case AccountCredited(amount=amount):
                self.balance += amount
            case AccountDebited(amount=amount):
                self.balance -= amount
            case AccountClosed():
                self.closed_at = event.created_at
        self.events = event.version

    def written(self) -> dict[str, Any]:
        """As it is kept in a snapshot, which knows the number of events itself."""
        closed = self.closed_at.isoformat() if self.closed_at else None
        balance = str(in_places(self.balance, self.currency))
        return {"name": self.name, "currency": self.currency, "kind": self.kind, "balance": balance, "closedAt": closed}

    @classmethod
    def read(cls, version: int, kept: dict[str, Any]) -> Self:
        """From a snapshot."""
        closed = datetime.datetime.fromisoformat(kept["closedAt"]) if kept["closedAt"] else None
        kind = AccountKind[kept["kind"]]
        return cls(kept["name"], kept["currency"], kind, Decimal(kept["balance"]), closed, version)

    @classmethod
    def of(cls, account: Account) -> Self:
        """What an account's row says."""
        return cls(account.name, account.currency, account.kind, account.balance, account.closed_at, account.events)


async def load(
    source: Source, id: UUID, *, until: datetime.datetime | None = None, snapshots: bool = True
) -> AccountState | None:
    """What the account's events up to a time come to; None if it was not there yet."""
    state = await _snapshot(source, id, until) if snapshots else AccountState()
    async for event in events.load(source, "account", id, after=state.events, until=until):
        state.apply(event)
    return state if state.events else None


async def _snapshot(source: Source, id: UUID, until: datetime.datetime | None) -> AccountState:
    """The newest snapshot up to a time; the state of an account that nothing has happened to, if there is none."""
    table = table_of(Snapshot)
    mine = (table.c.stream_type == "account", table.c.stream_id == id, table.c.form == FORM)
    found = select(table.c.version, table.c.state).where(visible(table), *mine)
    if until is not None:
        found = found.where(table.c.created_at <= until)
    rows = await source.rows(found.order_by(table.c.version.desc()).limit(1))
    return AccountState.read(rows[0].version, rows[0].state) if rows else AccountState()


async def keep(work: UnitOfWork, id: UUID, state: AccountState, time: datetime.datetime) -> None:
    """Write a snapshot of the account as it is at this time."""
    stream = {"stream_type": "account", "stream_id": id, "version": state.events}
    await work.insert(Snapshot, [stream | {"form": FORM, "state": state.written(), "created_at": time}])
