"""The connection pool on PostgreSQL when connections are lost, and when it is closed."""

import asyncio

import pytest

from database.pool import IDLE_SECONDS, PoolStatus
from database.postgresql import PostgresDatabase
from database.reader import Reader
from server.config.settings import Settings
from server.database_factory import build_database
from tests.database.pool_helpers import (
    BACKEND_PID,
    Connect,
    member_credentials,
    read,
    terminate_backend,
    wait_for_state,
    wait_until,
    write,
)
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET

pytestmark = pytest.mark.only("postgresql")


# Lost connections


async def test_connection_that_is_lost_while_parked_is_replaced(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    _, pid = await read(single_connection_database, app_with_dataset)
    connection = await single_connection_database.pool.acquire()
    await terminate_backend(app_with_dataset, pid)
    assert single_connection_database.pool.park(connection)  # the pool detects the loss at the next acquire
    task_count, other_pid = await read(single_connection_database, app_with_dataset)
    assert task_count == len(DATASET.tasks)
    assert other_pid != pid
    assert single_connection_database.pool.status().total == 1


async def test_connection_that_is_lost_while_idle_is_replaced(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    pid = await write(single_connection_database, app_with_dataset)
    await terminate_backend(app_with_dataset, pid)
    task_count, other_pid = await read(single_connection_database, app_with_dataset)
    assert task_count == len(DATASET.tasks)
    assert other_pid != pid


async def test_waiter_that_is_assigned_a_lost_connection_opens_another(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    pid = await write(single_connection_database, app_with_dataset)
    connection = await single_connection_database.pool.acquire()
    await terminate_backend(app_with_dataset, pid)
    waiting = asyncio.create_task(single_connection_database.pool.acquire())
    await asyncio.sleep(0)
    assert single_connection_database.pool.park(connection)
    replacement = await waiting
    assert replacement is not connection
    await single_connection_database.pool.release(replacement)
    assert single_connection_database.pool.status() == PoolStatus(total=1, idle=1, parked=0, waiting=0)


async def test_reaper_survives_connections_lost_while_parked(connect: Connect, app_with_dataset: AppFixture) -> None:
    database = connect(size=3)
    connections = [await database.pool.acquire() for _ in range(3)]
    for connection in connections:
        await connection.driver.execute("BEGIN")
        pid = await connection.driver.fetchval("SELECT pg_backend_pid()")
        if connection is not connections[1]:
            await terminate_backend(app_with_dataset, pid)
    for connection in connections:
        database.pool.park(connection)
    await wait_until(lambda: database.pool.status().parked == 0 and database.pool.status().in_use == 0)
    for _ in range(3):
        assert (await read(database, app_with_dataset))[0] == len(DATASET.tasks)


async def test_waiter_gets_a_new_connection_in_place_of_a_lost_one(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    reader = Reader(single_connection_database, member_credentials(app_with_dataset))
    ((pid,),) = await reader.rows(BACKEND_PID)
    waiting = asyncio.create_task(read(single_connection_database, app_with_dataset))
    await asyncio.sleep(IDLE_SECONDS)
    await terminate_backend(app_with_dataset, pid)
    with pytest.raises(Exception, match="connection"):
        await reader.rows(BACKEND_PID)
    async with asyncio.timeout(2):
        assert (await waiting)[0] == len(DATASET.tasks)
    await reader.release()
    assert single_connection_database.pool.status().total == 1


# Shutdown


async def test_nothing_runs_after_the_pool_is_closed(settings: Settings, app_with_dataset: AppFixture) -> None:
    for pause in (0, IDLE_SECONDS / 2, IDLE_SECONDS, IDLE_SECONDS * 1.1):
        database = build_database(settings)
        assert isinstance(database, PostgresDatabase)
        await asyncio.gather(*(read(database, app_with_dataset) for _ in range(3)))
        await asyncio.sleep(pause)
        await database.close()
        assert database.pool.status() == PoolStatus(total=0, idle=0, parked=0, waiting=0)
        tasks = asyncio.all_tasks()
        await asyncio.sleep(2 * IDLE_SECONDS)
        assert asyncio.all_tasks() <= tasks


async def test_connection_in_use_at_shutdown_is_closed_when_it_is_released(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    reader = Reader(single_connection_database, member_credentials(app_with_dataset))
    ((pid,),) = await reader.rows(BACKEND_PID)
    await single_connection_database.close()
    await reader.release()
    assert single_connection_database.pool.status() == PoolStatus(total=0, idle=0, parked=0, waiting=0)
    await wait_for_state(app_with_dataset, pid, None)
