"""Reads and writes through a pool, and the PostgreSQL backends that execute them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text

from database.authentication import Credentials
from database.pool import IDLE_SECONDS
from database.postgresql import PostgresDatabase
from database.reader import Reader
from database.transaction import WriteTransaction
from models.membership import Role
from tests.database.statement_helpers import SELECT_ALL_TASKS
from tests.support.app_fixture import AppFixture

BACKEND_PID = text("SELECT pg_backend_pid()")
BACKEND_STATE = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
Connect = Callable[..., PostgresDatabase]


def member_credentials(app_fixture: AppFixture) -> Credentials:
    """Return the credentials of a member of the tenant."""
    return Credentials(app_fixture.tenant.users[Role.MEMBER].id, "here")


async def read(database: PostgresDatabase, app_fixture: AppFixture) -> tuple[int, int]:
    """Return the number of tasks, and the process id of the backend that has read them."""
    reader = Reader(database, member_credentials(app_fixture))
    rows = await reader.rows(SELECT_ALL_TASKS)
    ((pid,),) = await reader.rows(BACKEND_PID)
    await reader.release()
    return len(rows), pid


async def write(
    database: PostgresDatabase,
    app_fixture: AppFixture,
    action: Callable[[WriteTransaction], Awaitable[Any]] | None = None,
) -> int:
    """Commit a transaction; return the process id of its backend."""
    transaction, _principal = await database.begin_write(member_credentials(app_fixture))
    try:
        ((pid,),) = await transaction.rows(BACKEND_PID, {})
        if action is not None:
            await action(transaction)
        await transaction.commit()
    finally:
        await transaction.close()
    return int(pid)


async def backend_state(app_fixture: AppFixture, pid: int) -> Any:
    """Return the state of a backend, or None if it has ended."""
    async with app_fixture.database.write_engine.connect() as connection:
        return (await connection.execute(BACKEND_STATE, {"pid": pid})).scalar()


async def wait_for_state(app_fixture: AppFixture, pid: int, state: str | None) -> None:
    """Wait until the backend has the state."""
    for _ in range(500):
        if await backend_state(app_fixture, pid) == state:
            return
        await asyncio.sleep(IDLE_SECONDS)
    raise AssertionError(f"The state is {await backend_state(app_fixture, pid)}, not {state}.")


async def terminate_backend(app_fixture: AppFixture, pid: int) -> None:
    """End a backend as an administrator would, and let the event loop process the lost connection."""
    async with app_fixture.database.write_engine.connect() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await wait_for_state(app_fixture, pid, None)
    await asyncio.sleep(2 * IDLE_SECONDS)


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- nothing signals the conditions of these tests
            await asyncio.sleep(0.001)
