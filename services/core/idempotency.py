"""Idempotent writes: a mutation that is sent again with the same Idempotency-Key returns the stored result.

The result is stored in the transaction of the write, as ids, and is restored from the current rows. The first statement
of the write inserts the key, so that a concurrent request with the same key waits until the first one has finished.
Rejections are not stored: they roll back, together with the key.
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

from models import IdempotencyRecord
from models.base import utc_now
from models.relations import table_of
from queries.writes import build_update, new_params, old_params
from services.core.errors import BadInput, Conflict
from services.core.idempotency_results import restore_result, serialize_result
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import Hook, Proceed

RETENTION = datetime.timedelta(hours=24)
CLEANUP_PROBABILITY = 0.02
"""The share of writes that also delete expired records."""
MAX_DELETED_ROWS = 200
"""The number of rows that one write deletes at most, so that it does not take long."""
_TIMEOUT_SQLSTATES = {"55P03", "57014"}  # lock timeout, statement timeout

Position = tuple[int, int]
"""The index of a root field in the operation, and of a write in that field."""


@dataclass
class IdempotencyKey:
    """The Idempotency-Key of a request. Each write of each root field is stored under its own position, so that an
    operation may contain the same mutation twice."""

    key: str
    fingerprint: Callable[[], str]
    replayed: bool = field(default=False, init=False)
    """Whether any write returned a stored result."""
    _field_index: int = field(default=-1, init=False)
    _write_index: int = field(default=0, init=False)
    _is_secret: bool = field(default=False, init=False)

    def begin_field(self, *, secret: bool) -> None:
        """Begin the next root field. Results of a secret field are not stored."""
        self._field_index, self._write_index, self._is_secret = self._field_index + 1, 0, secret

    def next_hook(self) -> Hook | None:
        """Return the hook for the next write; None in a secret field."""
        if self._is_secret:
            return None
        position, self._write_index = (self._field_index, self._write_index), self._write_index + 1

        async def hook(work: UnitOfWork, proceed: Proceed) -> Any:
            if work.principal.is_anonymous:  # an anonymous key would be shared by all anonymous clients
                return await proceed()
            return await self._run_once(work, proceed, position)

        return hook

    async def _run_once(self, work: UnitOfWork, proceed: Proceed, position: Position) -> Any:
        """Run the write and store its result, or restore the result if it has run before."""
        id, fingerprint = self._record_id(work, position), self.fingerprint()
        if not await _insert_record(work, id, fingerprint):
            record = await _load_record(work, id)
            if record.fingerprint != fingerprint:
                raise BadInput("This Idempotency-Key was already used with another operation or other variables.")
            self.replayed = True
            return await restore_result(work, record.outcome["result"])
        result = await proceed()
        await _store_outcome(work, id, {"result": serialize_result(result)})
        if random.random() < CLEANUP_PROBABILITY:  # noqa: S311 -- not security-relevant
            await delete_expired(work)
        return result

    def _record_id(self, work: UnitOfWork, position: Position) -> UUID:
        principal = work.principal
        owner = [str(principal.user_id or principal.api_key_id), str(principal.scope_parameters["tenant"])]
        return UUID(bytes=hashlib.sha256(orjson.dumps([*owner, self.key, *position])).digest()[:16])


async def _insert_record(work: UnitOfWork, id: UUID, fingerprint: str) -> bool:
    """Insert the record of a write; return False if a committed write has inserted it before."""
    now = utc_now()
    row = {"id": id, "fingerprint": fingerprint, "outcome": {}, "created_at": now}
    try:
        return await work.upsert(IdempotencyRecord, row, replace_older_than=now - RETENTION)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _TIMEOUT_SQLSTATES:
            raise Conflict("A request with this Idempotency-Key is still in progress. Try again later.") from error
        raise


async def _load_record(work: UnitOfWork, id: UUID) -> Any:
    table = table_of(IdempotencyRecord)
    (row,) = await work.rows(select(table.c.fingerprint, table.c.outcome).where(table.c.id == id))
    return row


async def _store_outcome(work: UnitOfWork, id: UUID, outcome: dict[str, Any]) -> None:
    statement = build_update(IdempotencyRecord, ("outcome",))
    await work.rows(statement, **new_params({"outcome": outcome}), **old_params({"id": id}))


async def delete_expired(work: UnitOfWork) -> None:
    """Delete some expired records of any tenant, except those that a concurrent transaction has locked."""
    table = table_of(IdempotencyRecord)
    expired = select(table.c.id).where(table.c.created_at < utc_now() - RETENTION).order_by(table.c.created_at)
    batch = expired.limit(MAX_DELETED_ROWS).with_for_update(skip_locked=True).scalar_subquery()
    await work.rows(delete(table).where(table.c.id.in_(batch)).returning(table.c.id))
