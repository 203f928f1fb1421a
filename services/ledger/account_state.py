"""The state of an account, computed from its events, starting from a snapshot if one exists."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from sqlalchemy import select

from models import Account, Snapshot
from models.account import AccountKind
from models.currency import quantize_amount
from models.relations import table_of
from queries.scope import visible
from services.core import events
from services.core.events import RecordedEvent, RowSource
from services.core.unit_of_work import UnitOfWork
from services.ledger.event_types import AccountClosed, AccountCredited, AccountDebited, AccountOpened

SNAPSHOT_INTERVAL = 200
"""The number of events between two snapshots: loading an account never reads more events than this."""
SCHEMA_VERSION = 1
"""The version of the state in snapshots. Increment it when the state changes: older snapshots are then ignored."""


@dataclass
class AccountState:
    """The state of an account after one of its events."""

    name: str = ""
    currency: str = ""
    kind: AccountKind = AccountKind.HELD
    balance: Decimal = Decimal(0)
    closed_at: datetime.datetime | None = None
    events: int = 0

    def apply(self, event: RecordedEvent) -> None:
        """Advance the state by the next event."""
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

    def to_json(self) -> dict[str, Any]:
        """Return the state as a snapshot stores it; the number of events is a column of its own."""
        closed_at = self.closed_at.isoformat() if self.closed_at else None
        balance = str(quantize_amount(self.balance, self.currency))
        return {
            "name": self.name,
            "currency": self.currency,
            "kind": self.kind,
            "balance": balance,
            "closedAt": closed_at,
        }

    @classmethod
    def from_snapshot(cls, version: int, state: dict[str, Any]) -> Self:
        """Build the state from a snapshot."""
        closed_at = datetime.datetime.fromisoformat(state["closedAt"]) if state["closedAt"] else None
        kind = AccountKind[state["kind"]]
        return cls(state["name"], state["currency"], kind, Decimal(state["balance"]), closed_at, version)

    @classmethod
    def from_row(cls, account: Account) -> Self:
        """Build the state from the account's row."""
        return cls(account.name, account.currency, account.kind, account.balance, account.closed_at, account.events)


async def load_state(
    source: RowSource, id: UUID, *, until: datetime.datetime | None = None, snapshots: bool = True
) -> AccountState | None:
    """Load the state of an account from its events up to a time; None if it did not exist yet."""
    state = await _load_snapshot(source, id, until) if snapshots else AccountState()
    async for event in events.load_events(source, "account", id, after=state.events, until=until):
        state.apply(event)
    return state if state.events else None


async def _load_snapshot(source: RowSource, id: UUID, until: datetime.datetime | None) -> AccountState:
    """Load the newest snapshot up to a time; the initial state if there is none."""
    table = table_of(Snapshot)
    of_account = (table.c.stream_type == "account", table.c.stream_id == id, table.c.schema_version == SCHEMA_VERSION)
    query = select(table.c.version, table.c.state).where(visible(table), *of_account)
    if until is not None:
        query = query.where(table.c.created_at <= until)
    rows = await source.rows(query.order_by(table.c.version.desc()).limit(1))
    return AccountState.from_snapshot(rows[0].version, rows[0].state) if rows else AccountState()


async def insert_snapshot(work: UnitOfWork, id: UUID, state: AccountState, time: datetime.datetime) -> None:
    """Store a snapshot of the account's state at this time."""
    stream = {"stream_type": "account", "stream_id": id, "version": state.events}
    snapshot = stream | {"schema_version": SCHEMA_VERSION, "state": state.to_json(), "created_at": time}
    await work.insert_untracked(Snapshot, [snapshot])
