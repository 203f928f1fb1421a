"""The transaction of a mutation operation with @atomic or @dryRun. The use cases of its root fields run in it, and its
payloads are read in it, so that they show what is not committed yet.

An atomic operation has one transaction, which commits after the last payload has been read, or not at all. In a dry run
that is not atomic, each root field has its own. A dry run never commits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID  # noqa: TC003 -- the annotation of an attribute

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from database.abort import AbortSignal, RequestAborted
from database.authentication import Credentials, Principal
from database.engine import Database
from database.transaction import Transaction
from services.core.audit import write_entries
from services.core.errors import Conflict, OperationRolledBack, RetryableConflict
from services.core.request_info import RequestInfo
from services.core.transaction import SharedRead, SharedTransaction
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import CONFLICT_MESSAGE, Hook, Result, UseCase, is_lost_race, run_after_commit, run_hooks


@dataclass(frozen=True)
class TransactionMode:
    """How an operation uses transactions."""

    is_atomic: bool
    """Whether all root fields share one transaction."""
    is_dry_run: bool
    """Whether everything is rolled back."""


class OperationTransaction:
    """One attempt to execute an operation. The reader of the request uses it as the source of its transactions."""

    def __init__(  # noqa: PLR0913 -- keywords
        self,
        database: Database,
        credentials: Credentials,
        mode: TransactionMode,
        *,
        signal: AbortSignal,
        load_request: Callable[[], RequestInfo],
        is_last_attempt: bool,
    ) -> None:
        self.mode = mode
        self.failed_field: str | None = None
        """The root field because of which an atomic operation was rolled back."""
        self.has_failed_read = False
        """Whether a statement of that field's payload failed, so that the payload is incomplete."""
        self.lost_race: Exception | None = None
        """The conflict with a concurrent transaction because of which the whole operation should be executed again."""
        self._database = database
        self._credentials = credentials
        self._signal = signal
        self._load_request = load_request
        self._is_last_attempt = is_last_attempt
        self._shared: SharedTransaction | None = None
        self._running: asyncio.Future[Any] | None = None
        self._field = ""
        self._after_commit: list[Callable[[], Awaitable[None]]] = []
        self._changed_tenants: set[UUID] = set()

    async def begin_read(self, credentials: Credentials) -> tuple[Transaction, Principal]:
        """Read in the transaction of the current root field; in one of the database after its rollback."""
        if self._shared is None:
            return await self._database.begin_read(credentials)
        return SharedRead(self._shared), await self._shared.begin()

    async def perform_field(
        self, name: str, perform: Callable[[], Awaitable[Result]], is_rejected: Callable[[Result], bool]
    ) -> Result:
        """Perform a root field; roll back if it fails or is rejected. Raise OperationRolledBack if an earlier one of an
        atomic operation has failed."""
        await self._begin_field(name)
        has_failed = True
        try:
            result = await perform()
            has_failed = is_rejected(result)
        finally:
            if has_failed:
                await self._fail_field()
        return result

    async def run(self, use_case: UseCase[Any], hooks: Sequence[Hook]) -> Any:
        """Run a use case of the current root field, with its hooks. It is shielded from cancellation, but stopped if
        the request is aborted."""
        task = self._running = asyncio.ensure_future(self._run(use_case, tuple(hooks)))
        with self._signal.stopping(lambda: self._stop(task)):
            try:
                return await asyncio.shield(task)
            except (asyncio.CancelledError, RetryableConflict, StaleDataError, DBAPIError) as error:
                if self._signal.reason is not None:
                    raise RequestAborted(self._signal.reason) from error
                raise self._lose_race(error) from error

    async def finish(self) -> bool:
        """Commit and return True; roll back and return False if a root field has failed, or after a dry run. Raise
        RequestAborted if the request was aborted before."""
        self._find_failed_read()
        if self._shared is None or self.failed_field is not None or self.mode.is_dry_run:
            await self.roll_back()
            return False
        with self._signal.stopping(lambda: None):  # the outcome of a commit that has been sent is awaited
            try:
                await asyncio.shield(self._commit(self._shared))
            except DBAPIError as error:
                raise self._lose_race(error) from error
        return True

    async def roll_back(self) -> None:
        """Roll back what is not committed, and release the connection."""
        shared, self._shared = self._shared, None
        if shared is not None:
            await asyncio.shield(self._close(shared))

    async def _begin_field(self, name: str) -> None:
        self._find_failed_read()
        if self.failed_field is not None:
            raise OperationRolledBack(self.failed_field)
        self._field = name
        if self._shared is None or not self.mode.is_atomic:
            await self.roll_back()
            self._shared = SharedTransaction(self._database, self._credentials)

    async def _fail_field(self) -> None:
        if self.mode.is_atomic:
            self.failed_field = self._field
        await self.roll_back()

    async def _run(self, use_case: UseCase[Any], hooks: tuple[Hook, ...]) -> Any:
        assert self._shared is not None, "a use case outside a root field"  # noqa: S101
        work = UnitOfWork(self._database, self._credentials, self._shared)
        work.load_request = self._load_request
        if not self._credentials.is_anonymous:
            await work.begin()
        result = await run_hooks(work, hooks, use_case)
        await write_entries(work)
        await work.restore_tenant()
        self._shared.check()
        self._after_commit += work.after_commit
        self._changed_tenants |= work.changed_tenants
        return result

    async def _commit(self, shared: SharedTransaction) -> None:
        await shared.commit()
        self._database.change_signal.publish(self._changed_tenants)
        await self._close(shared)
        await run_after_commit(self._after_commit)

    async def _close(self, shared: SharedTransaction) -> None:
        if self._running is not None and not self._running.done():
            await asyncio.wait([self._running])
        await shared.close()

    def _stop(self, task: "asyncio.Future[Any]") -> None:
        if self._shared is None or not self._shared.interrupt():
            task.cancel()

    def _lose_race(self, error: BaseException) -> BaseException:
        """Note a conflict with a concurrent transaction. Return the error to raise."""
        if not isinstance(error, Exception) or not is_lost_race(error):
            return error
        if self._is_last_attempt:
            return Conflict(CONFLICT_MESSAGE)
        self.lost_race = error
        return error

    def _find_failed_read(self) -> None:
        """After a failed statement of a payload, PostgreSQL executes nothing else: the operation has failed."""
        if self._shared is None or self._shared.error is None or not self.mode.is_atomic:
            return
        self._lose_race(self._shared.error)
        if self.failed_field is None:
            self.failed_field, self.has_failed_read = self._field, True
