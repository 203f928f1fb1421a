"""The unit of work: the one way to write. One transaction for each root mutation field, all or nothing.

Services ask it for entities, change them and flush; it commits when the use case returns and rolls everything back
when it raises. What must commit with a write or not at all (audit, events, idempotency, notices of change) is a hook
around the use case, and no service knows of it.
"""

import asyncio
import datetime
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, delete, update
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm.exc import StaleDataError

from models.base import TenantRow, now
from models.ids import new_id
from models.relations import table_of
from queries.by_key import alteration, counter, insertion, new, old, removal, replacement, writable
from queries.caller import NOBODY, Actor, Caller
from queries.locks import held
from queries.scope import visible
from queries.writing import WriteTransaction, write_opened
from services.changes import Change, Kind
from services.entities import Entities, Known, key_of, values_of
from services.errors import Conflict, LostRace, not_found
from services.violations import is_passing, refusal_of

logger = logging.getLogger("allotment.work")

Done = TypeVar("Done")
Proceed = Callable[[], Awaitable[Any]]
Hook = Callable[["UnitOfWork", Proceed], Awaitable[Any]]
"""Runs around a use case, inside its transaction: it may look before, answer instead, and write after."""

TRIES = 4
PAUSE = 0.005
"""Seconds to wait at most before the first repetition; each later one may wait twice as long."""


class UnitOfWork:
    """What a use case reads and writes through. The actor is whoever it is done for."""

    def __init__(self, engine: AsyncEngine, caller: Caller) -> None:
        self.caller = caller
        self.actor: Actor = NOBODY
        self.changes: list[Change] = []
        self.after_commit: list[Callable[[], Awaitable[None]]] = []
        self._engine = engine
        self._entities = Entities()
        self._transaction: WriteTransaction | None = None
        self._failed = False

    @property
    def dialect(self) -> str:
        """Which engine's SQL is spoken."""
        return self._engine.dialect.name

    async def open(self) -> None:
        """Begin, with the caller's check in the first round trip. A caller who claims nothing begins when it reads."""
        if not self.caller.is_anonymous:
            self._transaction, self.actor = await write_opened(self._engine, self.caller)

    async def commit(self) -> None:
        """Make it all last. Nothing does after a statement that failed, whoever has got over it."""
        if self._failed:
            raise PendingRollbackError("A statement of this unit of work has failed.")
        if self._transaction is not None:
            await self._transaction.commit()

    async def close(self) -> None:
        """Give the connection back; what was not committed has never been."""
        if self._transaction is not None:
            await self._transaction.close()

    async def find(self, model: Any, id: UUID) -> Any:
        """The entity, locked until the end so that nobody changes it meanwhile; None if it is not visible."""
        found = await self.entities(model, held(model), id=id)
        return found[0] if found else None

    async def get(self, model: Any, id: UUID, *field: str) -> Any:
        """The entity, locked; Refused as not found at this path of the arguments."""
        found = await self.find(model, id)
        if found is None:
            raise not_found(*field)
        return found

    async def entities(self, model: Any, statement: Executable, **parameters: Any) -> list[Any]:
        """The entities of a scoped statement for a model's rows."""
        return [self._entities.found(model, row._mapping) for row in await self.rows(statement, **parameters)]

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Any]:
        """The rows of a scoped statement, which have its columns as attributes."""
        transaction = await self._begun()
        return await self._sent(transaction.rows(statement, self.actor.parameters | parameters))

    async def add(self, *entities: Any) -> None:
        """Insert rows; those of a tenant become the current tenant's, and so do others that leave theirs open."""
        for entity in entities:
            unsaid = getattr(entity, "tenant_id", self) is None
            if (isinstance(entity, TenantRow) or unsaid) and self.actor.tenant_id is not None:
                entity.tenant_id = self.actor.tenant_id
        self._entities.add(entities)
        await self.flush()

    async def insert(self, model: Any, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows of the current tenant's that are a record themselves, such as events: what is already sent stays
        in front of them, and they are no change that hooks are told of. IntegrityError if a constraint forbids."""
        await self.flush()
        ours = {"tenant_id": self.actor.tenant_id}
        own = [row | ours | ({"id": new_id()} if "id" in table_of(model).c else {}) for row in rows]
        await self._insert(model, own)

    async def put(self, model: Any, row: dict[str, Any], *, before: datetime.datetime) -> bool:
        """Insert a row, or replace the one with the same id if that was created before this; whether that was done.
        Waits for whoever is about to insert the same."""
        statement = replacement(model, tuple(row), self.dialect)
        return bool(await self.rows(statement, **new(row), **old({"created_at": before})))

    async def delete(self, *entities: Any) -> None:
        """Delete rows."""
        for entity in entities:
            self._entities.doom(entity)
        await self.flush()

    async def change_all(
        self,
        model: Any,
        which: ColumnElement[bool],
        before: dict[str, Any],
        *,
        whole_server: bool = False,
        **after: Any,
    ) -> None:
        """Change many rows in one statement. `before` is what they all had, for the record."""
        table = table_of(model)
        values = after | {"updated_at": now(), "version": table.c.version + 1}
        reached = visible(table, whole_server=whole_server)
        statement = update(table).where(reached, which).values(values).returning(*table.primary_key)
        for row in await self.rows(statement):
            self.changes.append(Change(Kind.UPDATED, table.name, dict(row._mapping), before, after))

    async def delete_all(self, model: Any, which: ColumnElement[bool]) -> None:
        """Delete many rows in one statement; those that somebody else has deleted meanwhile are no matter."""
        table = table_of(model)
        for row in await self.rows(delete(table).where(visible(table), which).returning(*table.c)):
            values = dict(row._mapping)
            key = {column.name: values[column.name] for column in table.primary_key}
            self.changes.append(Change(Kind.DELETED, table.name, key, values, {}))

    async def flush(self) -> None:
        """Send what is pending; a violated constraint becomes the user error it means."""
        try:
            for model, entities in self._entities.take_new():
                await self._insert_all(model, entities)
            for known in self._entities.changed():
                await self._update(known)
            for known in self._entities.take_doomed():
                await self._delete(known)
        except IntegrityError as error:
            raise refusal_of(error) or error from error

    async def _insert_all(self, model: Any, entities: Sequence[Any]) -> None:
        table = table_of(model)
        for entity in entities:
            if "updated_at" in table.c:
                entity.__dict__["updated_at"] = entity.created_at
        rows = [values_of(entity) for entity in entities]
        self.changes += [Change(Kind.CREATED, table.name, key_of(model, row), {}, row) for row in rows]
        await self._insert(model, rows)
        for entity, row in zip(entities, rows, strict=True):
            self._entities.stored(entity, row)

    async def _insert(self, model: Any, rows: Sequence[dict[str, Any]]) -> None:
        names = tuple(name for name in writable(model) if name in rows[0])
        given = [new({name: row[name] for name in names}) for row in rows]
        await self._sent((await self._begun()).run(insertion(model, names), given))

    async def _update(self, known: Known) -> None:
        """StaleDataError if it is not as it was found."""
        entity, counted = known.entity, counter(known.model)
        if "updated_at" in known.stored:
            entity.updated_at = now()
        before, after = known.differences()
        self.changes.append(
            Change(Kind.UPDATED, table_of(known.model).name, key_of(known.model, known.stored), before, after)
        )
        if counted is not None:
            after = after | {counted.name: known.stored[counted.name] + 1}
        await self._one(alteration(known.model, tuple(after)), new(after) | old(known.stored))
        known.stored = known.stored | after
        entity.__dict__.update(after)

    async def _delete(self, known: Known) -> None:
        """StaleDataError if it is not as it was found."""
        table, key = table_of(known.model), key_of(known.model, known.stored)
        self.changes.append(Change(Kind.DELETED, table.name, key, known.stored, {}))
        await self._one(removal(known.model), old(known.stored))

    async def _one(self, statement: Executable, parameters: dict[str, Any]) -> None:
        if not await self.rows(statement, **parameters):
            raise StaleDataError("Somebody else has changed or deleted the row meanwhile.")

    async def _begun(self) -> WriteTransaction:
        if self._transaction is None:
            self._transaction, _ = await write_opened(self._engine, self.caller)
        return self._transaction

    async def _sent(self, sending: Awaitable[Done]) -> Done:
        try:
            return await sending
        except BaseException:
            self._failed = True
            raise


async def perform(
    engine: AsyncEngine,
    caller: Caller,
    use_case: Callable[[UnitOfWork], Awaitable[Done]],
    hooks: Iterable[Hook] = (),
) -> Done:
    """Do a use case in a unit of work. What has begun is never interrupted: if the caller hangs up, it is done whole or
    not at all, and the connection stays usable."""
    return await asyncio.shield(_insist(engine, caller, use_case, tuple(hooks)))


async def _insist(engine: AsyncEngine, caller: Caller, use_case: Any, hooks: tuple[Hook, ...]) -> Any:
    """Do it again when it lost a race that it may win the next time; once committed, tell those who wait for it."""
    for attempt in range(1, TRIES + 1):
        try:
            work, done = await _attempt(engine, caller, use_case, hooks)
        except (LostRace, StaleDataError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and not is_passing(error):
                raise
            if attempt == TRIES:
                raise Conflict("Others were changing the same at the same time; try again.") from error
            await asyncio.sleep(random.uniform(0, PAUSE * 2 ** (attempt - 1)))  # noqa: S311 -- so that rivals part
        else:
            await _tell(work.after_commit)
            return done
    raise AssertionError("unreachable")


async def _attempt(
    engine: AsyncEngine, caller: Caller, use_case: Any, hooks: tuple[Hook, ...]
) -> tuple[UnitOfWork, Any]:
    work = UnitOfWork(engine, caller)
    try:
        await work.open()
        done = await _around(work, use_case, hooks)
        await work.commit()
    finally:
        await work.close()
    return work, done


async def _tell(callbacks: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """What is done is done: a callback that fails is logged, lest the client believe that nothing was written."""
    for callback in callbacks:
        try:
            await callback()
        except Exception:
            logger.exception("A callback failed after the commit")


async def _around(work: UnitOfWork, use_case: Any, hooks: tuple[Hook, ...]) -> Any:
    """The use case inside the last hook inside … inside the first; all of them see what it flushed."""
    if hooks:
        first, *others = hooks
        return await first(work, lambda: _around(work, use_case, tuple(others)))
    done = await use_case(work)
    await work.flush()
    return done
