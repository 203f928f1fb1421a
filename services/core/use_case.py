"""Running a use case: begin, authenticate, run it with its hooks, flush, commit; retry after a lost race.

Each root mutation field is one use case in one transaction, which commits as a whole or not at all.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from database.abort import AbortSignal, RequestAborted
from database.authentication import Credentials
from database.engine import Database
from database.shielded_task import ShieldedTask
from database.transaction import OptimisticWriteFailed
from services.core.audit import write_entries
from services.core.constraint_violations import is_transient
from services.core.errors import Conflict, RetryableConflict
from services.core.request_info import RequestInfo
from services.core.unit_of_work import UnitOfWork

logger = logging.getLogger("allotment.work")

Result = TypeVar("Result")
Proceed = Callable[[], Awaitable[Any]]
Hook = Callable[[UnitOfWork, Proceed], Awaitable[Any]]
"""A function that wraps a use case inside its transaction. It can check access before the use case, return a result
instead of running it, and write after it."""

UseCase = Callable[[UnitOfWork], Awaitable[Result]]

MAX_ATTEMPTS = 4
BACKOFF_SECONDS = 0.005
"""Upper bound of the random delay before the first retry. It doubles with each further retry."""

CONFLICT_MESSAGE = "Other requests changed the same data at the same time. Try again."


async def run_use_case(  # noqa: PLR0913, PLR0917
    database: Database,
    credentials: Credentials,
    use_case: UseCase[Result],
    hooks: Iterable[Hook] = (),
    signal: AbortSignal | None = None,
    load_request: Callable[[], RequestInfo] | None = None,
) -> Result:
    """Run a use case in a unit of work and return its result. It is shielded from cancellation, so that it completes or
    fails as a whole, and its connection stays usable.

    When the signal aborts the request, the use case is stopped and rolled back, and RequestAborted is raised; but once
    COMMIT has been sent, its outcome is awaited. `load_request` describes the request, for the audit and for sign-in
    events; None if the server itself acts.
    """
    run = _UseCaseRun(database, credentials, use_case, tuple(hooks), load_request)
    if signal is not None:
        signal.push(run.stop)
    try:
        result: Result = await run.begin()
    except (asyncio.CancelledError, OptimisticWriteFailed, RetryableConflict, StaleDataError, DBAPIError) as error:
        if run.is_stopped:
            raise RequestAborted(None if signal is None else signal.reason) from error
        raise
    finally:
        if signal is not None:
            signal.pop()
    return result


class _UseCaseRun:
    """One use case with its attempts."""

    def __init__(
        self,
        database: Database,
        credentials: Credentials,
        use_case: Any,
        hooks: tuple[Hook, ...],
        load_request: Callable[[], RequestInfo] | None,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._use_case = use_case
        self._hooks = hooks
        self._load_request = load_request
        self._shielded: ShieldedTask[Any] | None = None
        self._work: UnitOfWork | None = None
        self._is_committing = False
        self._is_optimistic = True
        """Whether the next attempt is optimistic: no attempt has failed before everything was confirmed."""
        self.is_stopped = False

    def begin(self) -> Awaitable[Any]:
        """Run the use case in a task of its own, and return what waits for the result."""
        self._shielded = ShieldedTask(self._run_with_retries())
        return self._shielded.result()

    def stop(self) -> None:
        """Stop the task that runs the use case, unless COMMIT has been sent; do not retry in any case."""
        self.is_stopped = True
        if self._shielded is None or self._work is None or self._is_committing or self._work.interrupt():
            return  # a task that has not started its work yet stops itself
        self._shielded.task.cancel()

    async def _run_with_retries(self) -> Any:
        """Run the use case, and again after a transient conflict; raise Conflict after the last attempt."""
        if self.is_stopped:
            raise asyncio.CancelledError
        attempt = 1
        while True:
            is_optimistic = self._is_optimistic
            try:
                work, result = await self._attempt()
            except OptimisticWriteFailed:  # the next attempt executes it statement by statement
                if self.is_stopped or not is_optimistic:
                    raise
            except (RetryableConflict, StaleDataError, DBAPIError) as error:
                if self.is_stopped or not is_lost_race(error):
                    raise
                if attempt == MAX_ATTEMPTS:
                    raise Conflict(CONFLICT_MESSAGE) from error
                await pause_before_retry(attempt)
                attempt += 1
            else:
                await run_after_commit(work.after_commit)
                return result

    async def _attempt(self) -> tuple[UnitOfWork, Any]:
        work = UnitOfWork(self._database, self._credentials, is_optimistic=self._is_optimistic)
        self._work = work
        work.load_request = self._load_request
        try:
            await work.begin()
            result = await run_hooks(work, self._hooks, self._use_case)
            await write_entries(work)
            self._is_committing = True
            await work.commit()
            self._database.change_signal.publish(work.changed_tenants)
        except Exception as error:
            self._is_committing = False
            if work.is_unconfirmed or isinstance(error, OptimisticWriteFailed):
                self._is_optimistic = False
                if not is_lost_race(error):
                    raise OptimisticWriteFailed from error
            raise
        finally:
            await work.close()
        return work, result


def run_hooks(work: UnitOfWork, hooks: tuple[Hook, ...], use_case: UseCase[Result]) -> Awaitable[Any]:
    """Run the use case inside its hooks, the first hook outermost. All of them see its changes flushed."""
    proceed: Proceed = partial(_run_and_flush, work, use_case)
    for hook in reversed(hooks):
        proceed = partial(hook, work, proceed)
    return proceed()


async def _run_and_flush(work: UnitOfWork, use_case: UseCase[Result]) -> Result:
    result = await use_case(work)
    await work.flush()
    return result


async def pause_before_retry(attempt: int) -> None:
    """Wait after this attempt. The delay is random so that the competing transactions do not collide again."""
    await asyncio.sleep(random.uniform(0, BACKOFF_SECONDS * 2 ** (attempt - 1)))  # noqa: S311


def is_lost_race(error: BaseException) -> bool:
    """Return whether a concurrent transaction caused the error, so that another attempt may succeed."""
    return isinstance(error, RetryableConflict | StaleDataError) or (
        isinstance(error, DBAPIError) and is_transient(error)
    )


async def run_after_commit(callbacks: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Run the callbacks. Failures are logged, not raised: the client must not conclude that nothing was written."""
    for callback in callbacks:
        try:
            await callback()
        except Exception:
            logger.exception("An after-commit callback failed")
