"""The unit of work: the transaction of one use case. Services read and write through it and nothing else.

`services/core/use_case.py` begins, commits and retries it, and writes the audit of its changes. Extensions that must
commit together with a write (idempotency, change notifications) are hooks around the use case, so that services do not
depend on them.
"""

import datetime
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, delete, update
from sqlalchemy.exc import IntegrityError

from database.authentication import ANONYMOUS, SET_TENANT, Credentials, Principal
from database.engine import Database
from database.log_order import LogOrder
from database.transaction import OptimisticWriteFailed
from models.base import TenantRow, utc_now
from models.ids import new_ids
from models.relations import table_of
from queries.locks import select_deleted_for_update, select_for_update
from queries.scope import visible
from queries.writes import build_update, build_upsert, new_params, old_params
from services.core.audit_entries import describe_changes
from services.core.changes import NO_VALUES, Change, ChangeKind, bulk_change_columns, insert_rows, write_changes
from services.core.constraint_violations import build_rejection
from services.core.errors import Rejected, not_found
from services.core.identity_map import IdentityMap, Values
from services.core.request_info import RequestInfo  # noqa: TC001 -- the annotation of an attribute
from services.core.transaction import LazyTransaction, SharedTransaction


class UnitOfWork:
    """Loads entities, tracks their changes and writes them in one transaction, on behalf of a principal."""

    def __init__(
        self,
        database: Database,
        credentials: Credentials,
        transaction: SharedTransaction | None = None,
        *,
        is_optimistic: bool = False,
    ) -> None:
        """Create a unit of work in a transaction of its own, unless it takes part in one that others share. In an
        optimistic one, the principal and the writes may be confirmed with the commit."""
        self.credentials = credentials
        self.principal: Principal = ANONYMOUS
        self.changes: list[Change] = []
        self.after_commit: list[Callable[[], Awaitable[None]]] = []
        self.changed_tenants: set[UUID] = set()
        """The tenants whose change feeds contain the changes."""
        self.load_request: Callable[[], RequestInfo] | None = None
        """Describes the request, for the audit and for sign-in events; None if the server itself acts."""
        self.dialect = database.dialect
        self._database = database
        self._identity_map = IdentityMap()
        self._transaction: LazyTransaction = transaction or LazyTransaction(
            database, credentials, is_optimistic=is_optimistic
        )
        self._has_changed_tenant = False

    async def begin(self) -> None:
        """Begin the transaction and authenticate the principal in one round trip. Without credentials, the first
        statement begins the transaction instead."""
        if not self.credentials.is_anonymous:
            self.principal = await self._transaction.begin()

    def commit(self) -> Awaitable[None]:
        """Commit. Raises PendingRollbackError after a failed statement, even if its exception was caught."""
        return self._transaction.commit()

    @property
    def is_optimistic(self) -> bool:
        """Whether the principal and the writes may be confirmed with the commit. Then a check of the input that the
        database makes too can be left to it: if that fails, the use case is repeated and checks."""
        return self._transaction.is_optimistic

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a failure may be due to a principal or a write that is not confirmed. Then the use case is to be
        repeated in a unit of work that is not optimistic."""
        return self._transaction.is_unconfirmed

    def interrupt(self) -> bool:
        """Stop the running statement. Return False if the task that awaits it must be cancelled."""
        return self._transaction.interrupt()

    def close(self) -> Awaitable[None]:
        """Release the connection, and roll back what was not committed."""
        return self._transaction.close()

    @property
    def log_order(self) -> LogOrder:
        """The order of the logs."""
        return self._database.log_order

    # Reading

    async def find_for_update(self, model: Any, id: UUID) -> Any:
        """Load the entity and lock it until the end of the transaction; None if it is not visible."""
        entities = await self.entities(model, select_for_update(model), id=id)
        return entities[0] if entities else None

    async def get_for_update(self, model: Any, id: UUID, *field: str) -> Any:
        """Load and lock the entity. If it is not visible, reject the argument at this path as not found."""
        entity = await self.find_for_update(model, id)
        if entity is None:
            raise not_found(*field)
        return entity

    async def get_deleted_for_update(self, model: Any, id: UUID, *field: str) -> Any:
        """Load and lock the entity, whether or not it is marked as deleted; reject it as not found if there is none."""
        entities = await self.entities(model, select_deleted_for_update(model), id=id)
        if not entities:
            raise not_found(*field)
        return entities[0]

    async def entities(self, model: Any, statement: Executable, **parameters: Any) -> list[Any]:
        """Run a scoped statement that selects rows of a model, and return their entities."""
        return [self._identity_map.merge_row(model, row._mapping) for row in await self.rows(statement, **parameters)]

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Any]:
        """Run a scoped statement and return its rows, which have the columns as attributes."""
        return await self._transaction.rows(statement, self.principal.scope_parameters | parameters)

    # Writing entities

    async def add(self, *entities: Any) -> None:
        """Insert entities, and write all other pending changes. Entities with an empty tenant id, and all entities of
        tenant tables, get the id of the current tenant."""
        if (tenant_id := self.principal.tenant_id) is not None:
            for entity in entities:
                if isinstance(entity, TenantRow) or getattr(entity, "tenant_id", tenant_id) is None:
                    vars(entity)["tenant_id"] = tenant_id  # an assignment takes ten times as long
        self._identity_map.add(entities)
        await self.flush()

    async def delete(self, *entities: Any) -> None:
        """Delete entities, and write all other pending changes."""
        for entity in entities:
            self._identity_map.mark_deleted(entity)
        await self.flush()

    async def flush(self) -> None:
        """Write all pending changes. A violated constraint that input can cause becomes a user error."""
        try:
            await write_changes(self._transaction, self._identity_map, self.changes, describe_changes)
        except IntegrityError as error:
            if self.is_optimistic:  # it may have been violated because a check was left to the database
                raise OptimisticWriteFailed from error
            raise build_rejection(error) or error from error

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what the block writes if it is rejected; what was written before remains. Cannot be nested."""
        await self.flush()
        snapshot, change_count = self._identity_map.snapshot(), len(self.changes)
        await self._transaction.set_savepoint()
        try:
            yield
            await self.flush()
        except Rejected:
            await self._transaction.roll_back_to_savepoint()
            self._identity_map.restore(snapshot)
            del self.changes[change_count:]
            raise
        await self._transaction.release_savepoint()

    # Writing rows without entities

    async def insert_untracked(self, model: Any, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows of the current tenant, such as events, without recording them in `changes`. Writes all pending
        changes first. Raises IntegrityError if a constraint is violated."""
        await self.flush()
        generated = {**self.log_order.row_values, "tenant_id": self.principal.tenant_id}
        has_id = "id" in table_of(model).c
        await insert_rows(self._transaction, model, _with_ids(rows) if has_id else rows, generated)

    async def insert_for_tenant(self, model: Any, tenant_id: UUID | None, rows: Sequence[Values], same: Values) -> None:
        """Insert rows of a tenant, which need not be the current one, without recording them in `changes`. `same`
        contains the values that all rows have. For another tenant it must be last in the transaction, or be followed by
        `restore_tenant`: row-level security limits all later statements to that tenant."""
        self._transaction.check()
        if tenant_id != self.principal.tenant_id and self.dialect == "postgresql":
            await self.rows(SET_TENANT, tenant_setting=str(tenant_id))
            self._has_changed_tenant = True
        values = {**same, **self.log_order.row_values, "tenant_id": tenant_id}
        await insert_rows(self._transaction, model, _with_ids(rows), values)

    async def restore_tenant(self) -> None:
        """After `insert_for_tenant`, let row-level security permit the current tenant again."""
        if self._has_changed_tenant:
            await self.rows(SET_TENANT, tenant_setting=str(self.principal.tenant_id or ""))
            self._has_changed_tenant = False

    @asynccontextmanager
    async def in_tenant(self, tenant_id: UUID) -> AsyncIterator[None]:
        """Let the scope and row-level security permit the rows of this tenant in the block, instead of those of the
        current one, for use cases of the whole server."""
        principal = self.principal
        self.principal = replace(principal, tenant_id=tenant_id)
        try:
            await self._set_tenant()
            yield
        finally:
            self.principal = principal
        await self._set_tenant()

    async def _set_tenant(self) -> None:
        if self.dialect == "postgresql":
            await self.rows(SET_TENANT, tenant_setting=str(self.principal.tenant_id or ""))

    async def insert_at_commit(self, model: Any, rows: Sequence[Values], same: Values) -> None:
        """Insert rows of the current tenant as the last statement, as `insert_for_tenant` does: with the commit if they
        are few and the database can."""
        self._transaction.check()
        if not self._transaction.insert_later(
            table_of(model), _with_ids(rows, {**same, "tenant_id": self.principal.tenant_id})
        ):
            await self.insert_for_tenant(model, self.principal.tenant_id, rows, same)

    async def update_untracked(self, model: Any, new: Values, old: Values) -> None:
        """Update the row with these old values, which identify it, without recording that in `changes`. If it exists
        is not checked."""
        row = new | old_params(old)
        if not (self.is_optimistic and self._transaction.update_later(table_of(model), tuple(new), [row])):
            await self.rows(build_update(model, tuple(new)), **new_params(new), **old_params(old))

    async def claim(self, model: Any, row: dict[str, Any], lifetime: datetime.timedelta) -> bool:
        """Insert a row, or replace the row with the same id if that was created a lifetime before. Return whether a row
        was written. Waits for concurrent transactions that insert the same id. In an optimistic unit of work it is
        written, and waited for, together with the next statement."""
        if self.is_optimistic and self._transaction.claim_later(table_of(model), row, lifetime):
            return True
        statement = build_upsert(model, tuple(row), self.dialect)
        parameters = new_params(row) | old_params({"created_at": row["created_at"] - lifetime})
        return bool(await self.rows(statement, **parameters))

    async def update_all(
        self,
        model: Any,
        condition: ColumnElement[bool],
        before: dict[str, Any] | Callable[[Any], dict[str, Any]],
        *,
        server_wide: bool = False,
        **after: Any,
    ) -> None:
        """Update all rows that match, in one statement. `before` is what the changes record as their old values: the
        same for all, or a function of the row."""
        table, now = table_of(model), utc_now()
        values = after | {"updated_at": now, "version": table.c.version + 1}
        statement = update(table).where(visible(table, server_wide=server_wide), condition).values(values)
        for row in await self.rows(statement.returning(*bulk_change_columns(model))):
            current = dict(row._mapping) | {"updated_at": now}
            old = before(row) if callable(before) else before
            self.changes.append(Change(ChangeKind.UPDATED, table.name, old, after, current))

    async def delete_all(self, model: Any, condition: ColumnElement[bool]) -> None:
        """Delete all rows that match, in one statement. Rows that were deleted concurrently are ignored."""
        table = table_of(model)
        for row in await self.rows(delete(table).where(visible(table), condition).returning(*table.c)):
            values = dict(row._mapping)
            self.changes.append(Change(ChangeKind.DELETED, table.name, values, {}, values))


def _with_ids(rows: Sequence[Values], same: Mapping[str, Any] = NO_VALUES) -> list[Values]:
    """Return the rows, each with a new id and the values that all of them have."""
    return [{**row, **same, "id": id} for row, id in zip(rows, new_ids(len(rows)), strict=True)]
