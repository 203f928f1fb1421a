"""Running a use case: begin, authenticate, run it with its hooks, flush, commit; retry after a lost race.

Each root mutation field is one use case in one transaction, which commits as a whole or not at all.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from database.authentication import Credentials
from database.engine import Database
from services.core.constraint_violations import is_transient
from services.core.errors import Conflict, RetryableConflict
from services.core.unit_of_work import UnitOfWork

logger = logging.getLogger("allotment.work")

Result = TypeVar("Result")
Proceed = Callable[[], Awaitable[Any]]
Hook = Callable[[UnitOfWork, Proceed], Awaitable[Any]]
"""A function that wraps a use case inside its transaction. It can check access before the use case, return a result
instead of running it, and write after it."""

MAX_ATTEMPTS = 4
BACKOFF_SECONDS = 0.005
"""Upper bound of the random delay before the first retry. It doubles with each further retry."""


async def run_use_case(
    database: Database,
    credentials: Credentials,
    use_case: Callable[[UnitOfWork], Awaitable[Result]],
    hooks: Iterable[Hook] = (),
) -> Result:
    """Run a use case in a unit of work and return its result. It is shielded from cancellation: when the client
    disconnects, the use case still completes or fails as a whole, and its connection stays usable."""
    return await asyncio.shield(_run_with_retries(database, credentials, use_case, tuple(hooks)))


async def _run_with_retries(
    database: Database, credentials: Credentials, use_case: Any, hooks: tuple[Hook, ...]
) -> Any:
    """Run the use case, and again after a transient conflict; raise Conflict after the last attempt."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            work, result = await _run_once(database, credentials, use_case, hooks)
        except (RetryableConflict, StaleDataError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and not is_transient(error):
                raise
            if attempt == MAX_ATTEMPTS:
                raise Conflict("Other requests changed the same data at the same time. Try again.") from error
            # The delay is random so that the competing transactions do not collide again.
            await asyncio.sleep(random.uniform(0, BACKOFF_SECONDS * 2 ** (attempt - 1)))  # noqa: S311
        else:
            await _run_after_commit(work.after_commit)
            return result
    raise AssertionError("unreachable")


async def _run_once(
    database: Database, credentials: Credentials, use_case: Any, hooks: tuple[Hook, ...]
) -> tuple[UnitOfWork, Any]:
    work = UnitOfWork(database, credentials)
    try:
        await work.begin()
        result = await _run_hooks(work, use_case, hooks)
        await work.commit()
    finally:
        await work.close()
    return work, result


async def _run_hooks(work: UnitOfWork, use_case: Any, hooks: tuple[Hook, ...]) -> Any:
    """Run the use case inside its hooks, the first hook outermost. All of them see its changes flushed."""
    if hooks:
        outermost, *inner = hooks
        return await outermost(work, lambda: _run_hooks(work, use_case, tuple(inner)))
    result = await use_case(work)
    await work.flush()
    return result


async def _run_after_commit(callbacks: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Run the callbacks. Failures are logged, not raised: the client must not conclude that nothing was written."""
    for callback in callbacks:
        try:
            await callback()
        except Exception:
            logger.exception("An after-commit callback failed")
