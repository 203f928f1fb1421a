"""Work leases: which process performs a piece of the server's own work, and when the work is due.

A process that is killed releases nothing: its leases expire, and others acquire them. A process that was paused for
longer than that may believe it still holds one. So each acquisition increments the fencing number, and writes that
depend on a lease compare it in their own transaction (`renew_in`).

The times are those of the database's clock, which all processes share.
"""

import datetime
import os
import secrets
import socket
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from database.authentication import Credentials
from database.engine import Database
from database.reader import Reader
from models import WorkLease
from models.base import UTCDateTime, utc_now
from models.relations import table_of
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case


class LeaseLost(Exception):
    """Another process has acquired the lease, or the work was removed."""


@dataclass
class HeldLease:
    """A lease that this process holds."""

    name: str
    tenant_id: UUID | None
    fencing_number: int
    seconds: float
    """For how long it is acquired and renewed."""
    valid_until: float
    """On the monotonic clock of this process: no later than it expires."""
    due_at: datetime.datetime
    """When its work was due."""

    @property
    def remaining_seconds(self) -> float:
        """How long it is valid, at least."""
        return self.valid_until - time.monotonic()

    @property
    def must_renew(self) -> bool:
        """Whether a third of its time has passed."""
        return self.remaining_seconds < self.seconds * 2 / 3


class WorkLeases:
    """The leases of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"

    async def find_due(self, kind: str, limit: int, tenants: Collection[UUID] = ()) -> list[str]:
        """Return names of work that is due, or that is for one of these tenants, and that no process holds."""
        reader = Reader(self._database, Credentials())
        try:
            lease = table_of(WorkLease)
            is_due = _is_available(reader.dialect, tenants)
            query = select(lease.c.name).where(lease.c.kind == kind, is_due).order_by(lease.c.due_at).limit(limit)
            return [row.name for row in await reader.rows(query)]
        finally:
            await reader.close()

    async def find_tenants(self, kind: str) -> list[UUID]:
        """Return the tenants for which there is work of this kind."""
        reader = Reader(self._database, Credentials())
        try:
            lease = table_of(WorkLease)
            query = select(lease.c.tenant_id).where(lease.c.kind == kind, lease.c.tenant_id.is_not(None)).distinct()
            return [row.tenant_id for row in await reader.rows(query)]
        finally:
            await reader.close()

    async def acquire(self, names: Sequence[str], seconds: float, tenants: Collection[UUID] = ()) -> list[HeldLease]:
        """Acquire those of these leases that are still due and free. Does not wait for other processes."""
        started_at = time.monotonic()

        async def run(work: UnitOfWork) -> Sequence[Any]:
            lease = table_of(WorkLease)
            free = select(lease.c.name).where(lease.c.name.in_(names), _is_available(work.dialect, tenants))
            values: dict[str, Any] = {
                "owner": self._owner,
                "fencing_number": lease.c.fencing_number + 1,
                "expires_at": _after(work.dialect, seconds),
            }
            acquired = update(lease).where(lease.c.name.in_(free.with_for_update(skip_locked=True))).values(values)
            columns = (lease.c.name, lease.c.tenant_id, lease.c.fencing_number, lease.c.due_at)
            return await work.rows(acquired.returning(*columns))

        rows = await run_use_case(self._database, Credentials(), run)
        valid_until = started_at + seconds
        return [
            HeldLease(row.name, row.tenant_id, row.fencing_number, seconds, valid_until, row.due_at) for row in rows
        ]

    async def renew(self, held: HeldLease) -> None:
        """Renew a lease; raise LeaseLost if this process does not hold it any more."""
        await run_use_case(self._database, Credentials(), lambda work: renew_in(work, held))

    async def release(self, held: HeldLease, due_in_seconds: float) -> None:
        """Release a lease, if this process still holds it, and let its work be due after this time; but now, if
        `make_due` was called meanwhile."""

        async def run(work: UnitOfWork) -> None:
            due_at = table_of(WorkLease).c.due_at
            later = case((due_at == held.due_at, _after(work.dialect, due_in_seconds)), else_=due_at)
            values = {"owner": None, "expires_at": None, "due_at": later}
            await work.rows(_update_held(held, values))

        await run_use_case(self._database, Credentials(), run)


async def renew_in(work: UnitOfWork, held: HeldLease) -> None:
    """Renew a lease in the transaction of a write that depends on it, as its first statement: until it ends, no other
    process can acquire the lease. Raise LeaseLost if this process does not hold it any more."""
    started_at = time.monotonic()
    if not await work.rows(_update_held(held, {"expires_at": _after(work.dialect, held.seconds)})):
        raise LeaseLost(held.name)
    held.valid_until = started_at + held.seconds


async def add_work(work: UnitOfWork, kind: str, name: str, tenant_id: UUID | None = None) -> None:
    """Add a piece of work, which is due at once, unless it exists."""
    lease: Any = table_of(WorkLease)
    insert: Any = (postgresql if work.dialect == "postgresql" else sqlite).insert(lease)
    free = {"due_at": _after(work.dialect, 0), "owner": None, "expires_at": None, "fencing_number": 0}
    values = {"name": name, "kind": kind, "tenant_id": tenant_id} | free
    await work.rows(insert.values(values).on_conflict_do_nothing().returning(lease.c.name))


async def make_due(work: UnitOfWork, name: str) -> None:
    """Let a piece of work be due now."""
    lease = table_of(WorkLease)
    now = {"due_at": _after(work.dialect, 0)}
    await work.rows(update(lease).where(lease.c.name == name).values(now).returning(lease.c.name))


async def remove_work(work: UnitOfWork, names: Sequence[str]) -> None:
    """Remove pieces of work. A process that performs one loses its lease."""
    lease = table_of(WorkLease)
    await work.rows(delete(lease).where(lease.c.name.in_(names)).returning(lease.c.name))


def _is_available(dialect: str, tenants: Collection[UUID]) -> ColumnElement[bool]:
    lease, now = table_of(WorkLease), _after(dialect, 0)
    is_free = or_(lease.c.expires_at.is_(None), lease.c.expires_at <= now)
    is_due = lease.c.due_at <= now
    return and_(is_free, or_(is_due, lease.c.tenant_id.in_(tenants)) if tenants else is_due)


def _update_held(held: HeldLease, values: dict[str, Any]) -> Any:
    lease = table_of(WorkLease)
    is_held = (lease.c.name == held.name, lease.c.fencing_number == held.fencing_number)
    return update(lease).where(*is_held).values(values).returning(lease.c.name)


def _after(dialect: str, seconds: float) -> ColumnElement[datetime.datetime]:
    """Return the time of the database's clock after so many seconds."""
    if dialect == "postgresql":
        now: Any = func.clock_timestamp(type_=UTCDateTime())
        later: ColumnElement[Any] = now + func.make_interval(0, 0, 0, 0, 0, 0, float(seconds))
        return later
    return bindparam(None, utc_now() + datetime.timedelta(seconds=seconds), type_=UTCDateTime())
