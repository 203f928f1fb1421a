"""Idempotent writes: a mutation that is sent again with the same Idempotency-Key returns the stored result.

One record per key stores the fingerprint of the request and, for each of its writes, the result as ids. Each result is
stored in the transaction of the write, and is restored from the current rows. The first statement of a write inserts
the record or locks it, so that a concurrent request with the same key waits until the transaction has finished.
Rejections are not stored: they roll back, and if nothing was committed before, the key remains unused.
"""

import datetime
import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from database.abort import StatementTimeout
from models import IdempotencyRecord
from models.base import utc_now
from models.relations import table_of
from services.core.errors import BadInput, Conflict, RetryableConflict
from services.core.idempotency_results import restore_result, serialize_result
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import Hook, Proceed

RETENTION = datetime.timedelta(hours=24)
CLEANUP_PROBABILITY = 0.02
"""The share of writes that also delete expired records."""
MAX_DELETED_ROWS = 200
"""The number of rows that one write deletes at most, so that it does not take long."""
_LOCK_TIMEOUT = "55P03"
"""The SQLSTATE of PostgreSQL."""

Outcome = dict[str, Any]
"""What a request has performed: by the indexes of root field and write ("0.0"), the field's response name and the
serialized result."""


@dataclass(frozen=True)
class Replay:
    """A restored result, which may be None."""

    result: Any


@dataclass
class IdempotencyKey:
    """The Idempotency-Key of a request. Each write of each root field is stored under its own position, so that an
    operation may contain the same mutation twice."""

    key: str
    compute_fingerprint: Callable[[], str]
    replayed: bool = field(default=False, init=False)
    """Whether any write returned a stored result."""
    _refusal: str | None = field(default=None, init=False)
    """The error of every root field, after another request turned out to have used the key."""
    _known_record_id: UUID | None = field(default=None, init=False)
    """The record that this request has inserted or read; probably it still exists."""
    _field_index: int = field(default=-1, init=False)
    _field_name: str = field(default="", init=False)
    _write_index: int = field(default=0, init=False)
    _is_secret: bool = field(default=False, init=False)

    @cached_property
    def fingerprint(self) -> str:
        """The hash of the request's operation and variables; computed on first access."""
        return self.compute_fingerprint()

    def begin_field(self, name: str, *, secret: bool) -> None:
        """Begin the next root field. Results of a secret field are not stored. Raise BadInput if the request was
        refused before."""
        if self._refusal is not None:
            raise BadInput(self._refusal)
        self._field_index, self._field_name = self._field_index + 1, name
        self._write_index, self._is_secret = 0, secret

    def restart(self) -> None:
        """Begin again with the first root field, because everything was rolled back and is performed again."""
        self.replayed, self._field_index = False, -1

    def next_hook(self) -> Hook | None:
        """Return the hook for the next write; None in a secret field."""
        if self._is_secret:
            return None
        position, self._write_index = self._position, self._write_index + 1

        async def hook(work: UnitOfWork, proceed: Proceed) -> Any:
            if work.principal.is_anonymous:  # an anonymous key would be shared by all anonymous clients
                return await proceed()
            return await self._run_once(work, proceed, position)

        return hook

    async def find_replay(self, work: UnitOfWork) -> Replay | None:
        """Restore the stored result of the root field's next write; None if it was not performed. Raise BadInput if
        another request has used the key."""
        if work.principal.is_anonymous:
            return None
        outcome = await self._load_outcome(work, self._record_id(work)) or {}
        entry = outcome.get(self._position)
        return None if entry is None else Replay(await self._restore(work, entry))

    async def _run_once(self, work: UnitOfWork, proceed: Proceed, position: str) -> Any:
        """Run the write and store its result, or restore the result if it has run before."""
        id = self._record_id(work)
        outcome = await self._bind(work, id)
        if position in outcome:
            return await self._restore(work, outcome[position])
        result = await proceed()
        entry = {"field": self._field_name, "result": serialize_result(result)}
        await _store_outcome(work, id, outcome | {position: entry})
        self._known_record_id = id
        if random.random() < CLEANUP_PROBABILITY:  # noqa: S311 -- not security-relevant
            await delete_expired(work)
        return result

    async def _bind(self, work: UnitOfWork, id: UUID) -> Outcome:
        """Bind the key to this request unless it is bound; return what the request has performed. The record stays
        locked until the transaction ends. Raise BadInput if the key is bound to another request."""
        if id == self._known_record_id and (outcome := await self._load_outcome(work, id)) is not None:
            return outcome
        if await _insert_record(work, id, self.fingerprint):
            return {}
        if (outcome := await self._load_outcome(work, id)) is None:
            raise RetryableConflict  # the record has just expired
        return outcome

    async def _load_outcome(self, work: UnitOfWork, id: UUID) -> Outcome | None:
        """Lock the record and return its outcome, if it exists. Raise BadInput if it belongs to another request."""
        record = await _load_record(work, id)
        if record is None:
            return None
        outcome: Outcome = record.outcome
        if record.fingerprint != self.fingerprint:
            self._refusal = _refusal_message(outcome)
            raise BadInput(self._refusal)
        self._known_record_id = id
        return outcome

    async def _restore(self, work: UnitOfWork, entry: dict[str, Any]) -> Any:
        self.replayed = True
        return await restore_result(work, entry["result"])

    @property
    def _position(self) -> str:
        return f"{self._field_index}.{self._write_index}"

    def _record_id(self, work: UnitOfWork) -> UUID:
        principal = work.principal
        # without a named tenant, the user may work in another one when the request is sent again, as after createTenant
        has_default = principal.user_id is not None and work.credentials.tenant is None
        has_default &= principal.impersonator_id is None  # who acts as a user does so in one tenant
        tenant = None if has_default else principal.scope_parameters["tenant"]
        owner = [str(principal.user_id or principal.api_key_id), str(tenant)]
        if principal.impersonator_id is not None:
            owner.append(str(principal.impersonator_id))
        return UUID(bytes=hashlib.sha256(orjson.dumps([*owner, self.key])).digest()[:16])


def _refusal_message(outcome: Outcome) -> str:
    positions = sorted(outcome, key=lambda position: [int(index) for index in position.split(".")])
    names = ", ".join(dict.fromkeys(outcome[position]["field"] for position in positions))
    return f"This Idempotency-Key was already used with another operation or other variables, which performed: {names}."


async def _insert_record(work: UnitOfWork, id: UUID, fingerprint: str) -> bool:
    """Insert the record of a key; return False if a committed write has inserted it before."""
    row = {"id": id, "fingerprint": fingerprint, "outcome": {}, "created_at": utc_now()}
    with _conflict_on_timeout():
        return await work.claim(IdempotencyRecord, row, RETENTION)


async def _load_record(work: UnitOfWork, id: UUID) -> Any:
    """Lock the record and return it; None if it does not exist or has expired."""
    table = table_of(IdempotencyRecord)
    matches = (table.c.id == id, table.c.created_at >= utc_now() - RETENTION)
    statement = select(table.c.fingerprint, table.c.outcome).where(*matches).with_for_update()
    with _conflict_on_timeout():
        rows = await work.rows(statement)
    return rows[0] if rows else None


@contextmanager
def _conflict_on_timeout() -> Iterator[None]:
    """Raise Conflict if the wait for a concurrent transaction with the same key exceeds the statement timeout."""
    try:
        yield
    except (DBAPIError, StatementTimeout) as error:
        if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) != _LOCK_TIMEOUT:
            raise
        raise Conflict("A request with this Idempotency-Key is still in progress. Try again later.") from error


async def _store_outcome(work: UnitOfWork, id: UUID, outcome: Outcome) -> None:
    await work.update_untracked(IdempotencyRecord, {"outcome": outcome}, {"id": id})


async def delete_expired(work: UnitOfWork) -> int:
    """Delete some expired records of any tenant, except those that a concurrent transaction has locked. Return their
    number."""
    table = table_of(IdempotencyRecord)
    expired = select(table.c.id).where(table.c.created_at < utc_now() - RETENTION).order_by(table.c.created_at)
    batch = expired.limit(MAX_DELETED_ROWS).with_for_update(skip_locked=True).scalar_subquery()
    return len(await work.rows(delete(table).where(table.c.id.in_(batch)).returning(table.c.id)))
