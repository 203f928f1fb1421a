"""Writes that can be sent again without being done again, by the Idempotency-Key that a client sends along.

The outcome is kept in the transaction of the write, as ids: whoever sends the same again is answered what these are
now. The first statement of the write takes the key, so of two at once the second waits until the first is done.
Refusals are not kept: they roll back, and the key with them.
"""

import datetime
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from models import Idempotency
from models.base import now
from models.relations import table_of
from queries.by_key import alteration, new, old
from services.errors import BadInput, Conflict
from services.outcomes import known, told
from services.unit_of_work import Hook, Proceed, UnitOfWork

KEPT = datetime.timedelta(hours=24)
SWEEPS = 0.02
"""How many of the writes also delete what has expired."""
SWEPT = 200
"""Rows that are deleted then at most, so that no write waits for long."""
_GIVEN_UP = {"55P03", "57014"}  # the lock, or the statement, took too long


@dataclass
class RequestKey:
    """The key that a request came with, and how far the request has got. Each write of each root field has a place of
    its own, so that the same mutation twice in one operation is two."""

    key: str
    fingerprint: Callable[[], str]
    replayed: bool = field(default=False, init=False)
    """Whether anything was answered again rather than done."""
    _root: int = field(default=-1, init=False)
    _write: int = field(default=0, init=False)
    _kept: bool = field(default=True, init=False)

    def begin(self, *, secret: bool) -> None:
        """The next root field begins. What comes of it is not kept if it is secret."""
        self._root, self._write, self._kept = self._root + 1, 0, not secret

    def hook(self) -> Hook | None:
        """What is put around the next write."""
        if not self._kept:
            return None
        place, self._write = (self._root, self._write), self._write + 1

        async def hook(work: UnitOfWork, proceed: Proceed) -> Any:
            if work.actor.user_id is None and work.actor.api_key_id is None:  # nobody's key is anybody's
                return await proceed()
            return await self._once(work, proceed, place)

        return hook

    async def _once(self, work: UnitOfWork, proceed: Proceed, place: tuple[int, int]) -> Any:
        """Do it, unless it was done."""
        id, fingerprint = self._id(work, place), self.fingerprint()
        if not await _taken(work, id, fingerprint):
            done = await _done(work, id)
            if done.fingerprint != fingerprint:
                raise BadInput("This Idempotency-Key was sent with another operation or other variables.")
            self.replayed = True
            return await told(work, done.outcome["result"])
        result = await proceed()
        await _keep(work, id, {"result": known(result)})
        if random.random() < SWEEPS:  # noqa: S311 -- no secret
            await sweep(work)
        return result

    def _id(self, work: UnitOfWork, place: tuple[int, int]) -> UUID:
        actor = work.actor
        whose = [str(actor.user_id or actor.api_key_id), str(actor.parameters["tenant"])]
        return UUID(bytes=hashlib.sha256(orjson.dumps([*whose, self.key, *place])).digest()[:16])


async def _taken(work: UnitOfWork, id: UUID, fingerprint: str) -> bool:
    """Take the key for this write; False if a write has it already, which is over by then."""
    time = now()
    row = {"id": id, "fingerprint": fingerprint, "outcome": {}, "created_at": time}
    try:
        return await work.put(Idempotency, row, before=time - KEPT)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _GIVEN_UP:
            raise Conflict("The same request is still being worked on; send it again in a while.") from error
        raise


async def _done(work: UnitOfWork, id: UUID) -> Any:
    """What was kept of an earlier write."""
    table = table_of(Idempotency)
    (row,) = await work.rows(select(table.c.fingerprint, table.c.outcome).where(table.c.id == id))
    return row


async def _keep(work: UnitOfWork, id: UUID, outcome: dict[str, Any]) -> None:
    await work.rows(alteration(Idempotency, ("outcome",)), **new({"outcome": outcome}), **old({"id": id}))


async def sweep(work: UnitOfWork) -> None:
    """Delete a few of those that have expired, whosever they are, but for those that somebody is busy with."""
    table = table_of(Idempotency)
    old = select(table.c.id).where(table.c.created_at < now() - KEPT).order_by(table.c.created_at).limit(SWEPT)
    some = old.with_for_update(skip_locked=True).scalar_subquery()
    await work.rows(delete(table).where(table.c.id.in_(some)).returning(table.c.id))
