"""The unit of work: the one way to write. One transaction for each root mutation field, all or nothing.

Services ask it for entities, change them and flush; it commits when the use case returns and rolls everything back
when it raises. What must commit with a write or not at all (audit, events, idempotency, notices of change) is a hook
around the use case, and no service knows of it.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Row, delete, event, insert, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel.ext.asyncio.session import AsyncSession

from models.base import TenantRow, now
from models.ids import new_id
from models.relations import table_of
from queries.caller import NOBODY, Actor, Caller, identify
from queries.scope import visible
from queries.transaction import CoreTransaction
from services.changes import Change, Kind, pending
from services.errors import Conflict, LostRace, Refused, not_found
from services.violations import is_passing, refusal_of

logger = logging.getLogger("allotment.work")

Done = TypeVar("Done")
Proceed = Callable[[], Awaitable[Any]]
Hook = Callable[["UnitOfWork", Proceed], Awaitable[Any]]
"""Runs around a use case, inside its transaction: it may look before, answer instead, and write after."""

_INSERTS: dict[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}

TRIES = 4
PAUSE = 0.005
"""Seconds to wait at most before the first repetition; each later one may wait twice as long."""


class UnitOfWork:
    """What a use case reads and writes through. The actor is whoever it is done for."""

    def __init__(self, session: AsyncSession, caller: Caller) -> None:
        self.session = session
        self.caller = caller
        self.actor: Actor = NOBODY
        self.changes: list[Change] = []
        self.after_commit: list[Callable[[], Awaitable[None]]] = []
        event.listen(session.sync_session, "before_flush", self._before_flush)

    @property
    def dialect(self) -> str:
        """Which engine's SQL is spoken."""
        return self.session.get_bind().dialect.name

    async def open(self) -> None:
        """Begin, with the caller's check in the first round trip. A caller who claims nothing begins when it reads."""
        if not self.caller.is_anonymous:
            self.actor = await identify(CoreTransaction(await self.session.connection()), self.caller)

    async def find(self, model: Any, id: UUID) -> Any:
        """The entity, locked until the end so that nobody changes it meanwhile; None if it is not visible."""
        statement = select(model).where(visible(table_of(model)), model.id == id).with_for_update()
        return (await self._execute(statement)).scalar_one_or_none()

    async def get(self, model: Any, id: UUID, *field: str) -> Any:
        """The entity, locked; Refused as not found at this path of the arguments."""
        found = await self.find(model, id)
        if found is None:
            raise not_found(*field)
        return found

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Row[Any]]:
        """The rows of a scoped statement."""
        return (await self._execute(statement, **parameters)).all()  # type: ignore[no-any-return]

    async def add(self, *entities: Any) -> None:
        """Insert rows; those of a tenant become the current tenant's, and so do others that leave theirs open."""
        for entity in entities:
            unsaid = getattr(entity, "tenant_id", self) is None
            if (isinstance(entity, TenantRow) or unsaid) and self.actor.tenant_id is not None:
                entity.tenant_id = self.actor.tenant_id
        self.session.add_all(entities)
        await self.flush()

    async def insert(self, model: Any, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows of the current tenant's that are a record themselves, such as events: what is already sent stays
        in front of them, and they are no change that hooks are told of. IntegrityError if a constraint forbids."""
        await self.flush()
        connection = await self.session.connection()
        table = table_of(model)
        ours = {"tenant_id": self.actor.tenant_id}
        own = [row | ours | ({"id": new_id()} if "id" in table.c else {}) for row in rows]
        await connection.execute(insert(table), own)

    async def put(self, model: Any, row: dict[str, Any], *, unless: ColumnElement[bool]) -> bool:
        """Insert a row, or replace the one with the same id unless this holds of it; whether that was done. Waits for
        whoever is about to insert the same."""
        inserting = _INSERTS[self.session.get_bind().dialect.name](table_of(model)).values(row)
        replaced = {name: inserting.excluded[name] for name in row}
        statement = inserting.on_conflict_do_update(index_elements=["id"], set_=replaced, where=not_(unless))
        connection = await self.session.connection()
        return (await connection.execute(statement.returning(table_of(model).c.id))).first() is not None

    async def delete(self, *entities: Any) -> None:
        """Delete rows."""
        for entity in entities:
            await self.session.delete(entity)
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
            await self.session.flush()
        except IntegrityError as error:
            raise refusal_of(error) or error from error

    async def _execute(self, statement: Executable, **parameters: Any) -> Any:
        return await self.session.exec(statement, params=self.actor.parameters | parameters)  # type: ignore[call-overload]

    def _before_flush(self, session: Session, *_: Any) -> None:
        for entity in session.new:
            if hasattr(entity, "updated_at"):
                entity.updated_at = entity.created_at
        for entity in session.dirty:
            if session.is_modified(entity) and hasattr(entity, "updated_at"):
                entity.updated_at = now()
        self.changes.extend(pending(session))


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
    async with AsyncSession(engine, expire_on_commit=False, autoflush=False) as session:
        work = UnitOfWork(session, caller)
        try:
            await work.open()
            done = await _around(work, use_case, hooks)
            await session.commit()
        except Refused as refused:
            if refused.current is not None and refused.current in session:
                session.expunge(refused.current)  # or the rollback would empty it
            raise
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
