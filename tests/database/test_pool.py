"""The connection pool on PostgreSQL: parked transactions, waiters and overflow."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.authentication import Credentials
from database.pool import IDLE_SECONDS, PoolStatus
from database.postgresql import PostgresDatabase
from database.reader import Reader
from database.transaction import WriteTransaction
from models import Task
from models.relations import table_of
from tests.database.pool_helpers import (
    BACKEND_PID,
    Connect,
    backend_state,
    member_credentials,
    read,
    wait_for_state,
    wait_until,
    write,
)
from tests.database.statement_helpers import SELECT_ALL_TASKS
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET

pytestmark = pytest.mark.only("postgresql")
IN_TRANSACTION = "idle in transaction"


# Parked transactions


async def test_reaper_ends_a_parked_transaction(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    _, pid = await read(single_connection_database, app_with_dataset)
    assert single_connection_database.pool.status() == PoolStatus(total=1, idle=1, parked=1, waiting=0)
    connection = await single_connection_database.pool.acquire()
    assert connection.has_open_transaction
    assert await backend_state(app_with_dataset, pid) == IN_TRANSACTION
    assert single_connection_database.pool.park(connection)
    await wait_for_state(app_with_dataset, pid, "idle")
    assert single_connection_database.pool.status() == PoolStatus(total=1, idle=1, parked=0, waiting=0)


async def test_next_read_sees_what_was_committed_meanwhile(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    for number in range(3):
        assert (await read(single_connection_database, app_with_dataset))[0] == len(DATASET.tasks) + number
        await app_with_dataset.tenant.create(Task, title="Another")


async def test_write_after_a_parked_read_has_its_own_transaction(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    tenant = {"tenant": app_with_dataset.tenant.id}

    async def update(transaction: WriteTransaction) -> None:
        assert (await transaction.rows(text("SHOW transaction_read_only"), {}))[0][0] == "off"
        assert (await transaction.rows(text("SHOW transaction_isolation"), {}))[0][0] == "read committed"
        task = table_of(Task)
        await transaction.rows(task.update().values(title="Changed").returning(task.c.id), tenant)

    for _ in range(3):
        _, pid = await read(single_connection_database, app_with_dataset)
        assert await write(single_connection_database, app_with_dataset, update) == pid
    reader = Reader(single_connection_database, member_credentials(app_with_dataset))
    assert {row.title for row in await reader.rows(SELECT_ALL_TASKS)} == {"Changed"}
    await reader.release()


async def test_anonymous_write_after_a_parked_read_has_no_tenant(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    _, pid = await read(single_connection_database, app_with_dataset)
    transaction, principal = await single_connection_database.begin_write(Credentials())
    assert principal.is_anonymous
    assert (await transaction.rows(BACKEND_PID, {}))[0][0] == pid
    assert not (await transaction.rows(text("SELECT current_setting('app.tenant_id', true)"), {}))[0][0]
    await transaction.close()


async def test_read_after_a_commit_uses_the_same_connection(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    for _ in range(3):
        pid = await write(single_connection_database, app_with_dataset)
        assert single_connection_database.pool.status() == PoolStatus(total=1, idle=1, parked=0, waiting=0)
        assert await backend_state(app_with_dataset, pid) == "idle"
        assert (await read(single_connection_database, app_with_dataset))[1] == pid


async def test_write_without_commit_is_rolled_back_before_its_connection_is_idle(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    transaction, _ = await single_connection_database.begin_write(member_credentials(app_with_dataset))
    ((pid,),) = await transaction.rows(BACKEND_PID, {})
    await transaction.close()
    assert await backend_state(app_with_dataset, pid) == "idle"
    assert single_connection_database.pool.status() == PoolStatus(total=1, idle=1, parked=0, waiting=0)


# Waiters


async def test_waiting_writer_receives_the_connection_of_a_reader(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    reader = Reader(single_connection_database, member_credentials(app_with_dataset))
    ((pid,),) = await reader.rows(BACKEND_PID)
    waiting = asyncio.create_task(write(single_connection_database, app_with_dataset))
    await asyncio.sleep(IDLE_SECONDS)
    assert not waiting.done()
    assert single_connection_database.pool.status() == PoolStatus(total=1, idle=0, parked=0, waiting=1)
    await reader.release()
    async with asyncio.timeout(2):
        assert await waiting == pid


async def test_waiting_readers_receive_the_connection_of_a_writer(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    transaction, _ = await single_connection_database.begin_write(member_credentials(app_with_dataset))
    ((pid,),) = await transaction.rows(BACKEND_PID, {})
    waiting = [asyncio.create_task(read(single_connection_database, app_with_dataset)) for _ in range(3)]
    await asyncio.sleep(IDLE_SECONDS)
    assert not any(task.done() for task in waiting)
    await transaction.close()
    async with asyncio.timeout(2):
        assert {other_pid for _, other_pid in await asyncio.gather(*waiting)} == {pid}


async def test_waiters_receive_released_connection_in_order(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    order: list[int] = []

    async def read_and_record(number: int) -> int:
        _, pid = await read(single_connection_database, app_with_dataset)
        order.append(number)
        return pid

    assert len(set(await asyncio.gather(*(read_and_record(number) for number in range(20))))) == 1
    assert order == list(range(20))


async def test_waiter_times_out(connect: Connect, app_with_dataset: AppFixture) -> None:
    database = connect(timeout=0.1)
    reader = Reader(database, member_credentials(app_with_dataset))
    await reader.rows(BACKEND_PID)
    with pytest.raises(PoolTimeout, match="None of 1 connections"):
        await read(database, app_with_dataset)
    await reader.release()
    assert (await read(database, app_with_dataset))[0] == len(DATASET.tasks)


async def test_connection_is_not_lost_when_its_waiter_is_cancelled(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    pid = await write(single_connection_database, app_with_dataset)
    connection = await single_connection_database.pool.acquire()
    first, second = (asyncio.create_task(single_connection_database.pool.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    assert single_connection_database.pool.park(connection)
    first.cancel()  # the connection is already assigned to it
    async with asyncio.timeout(2):
        assert await second is connection
    assert first.cancelled()
    await single_connection_database.pool.release(connection)
    assert await read(single_connection_database, app_with_dataset) == (len(DATASET.tasks), pid)


async def test_readers_and_writers_share_one_connection(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    tasks: list[Any] = [
        read(single_connection_database, app_with_dataset)
        if number % 2
        else write(single_connection_database, app_with_dataset)
        for number in range(40)
    ]
    async with asyncio.timeout(20):
        results = await asyncio.gather(*tasks)
    assert {result[0] for result in results if isinstance(result, tuple)} == {len(DATASET.tasks)}


# Overflow


async def test_surplus_connections_are_closed(connect: Connect, app_with_dataset: AppFixture) -> None:
    database = connect(max_overflow=3)
    results = await asyncio.gather(*(read(database, app_with_dataset) for _ in range(4)))
    assert {task_count for task_count, _ in results} == {len(DATASET.tasks)}
    assert len({pid for _, pid in results}) > 1
    await wait_until(lambda: database.pool.status().total == 1)
    assert database.pool.status().idle == 1


async def test_no_more_connections_are_opened_than_allowed(connect: Connect, app_with_dataset: AppFixture) -> None:
    database = connect(size=2, max_overflow=1)
    results = await asyncio.gather(*(read(database, app_with_dataset) for _ in range(30)))
    assert {task_count for task_count, _ in results} == {len(DATASET.tasks)}
    assert database.pool.status().total <= 3
    assert database.pool.status().in_use == 0


async def test_surplus_connection_is_assigned_to_a_waiter_instead_of_closed(
    connect: Connect, app_with_dataset: AppFixture
) -> None:
    pool = connect(max_overflow=1).pool
    connections = [await pool.acquire() for _ in range(2)]
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    await pool.release(connections[0])
    assert await waiting is connections[0]
    await pool.release(connections[0])
    await pool.release(connections[1])
    assert pool.status() == PoolStatus(total=1, idle=1, parked=0, waiting=0)
    assert connections[1].is_closed


async def test_connection_beyond_its_maximum_age_is_replaced(
    single_connection_database: PostgresDatabase, app_with_dataset: AppFixture
) -> None:
    pid = await write(single_connection_database, app_with_dataset)
    connection = await single_connection_database.pool.acquire()
    connection.opened_at -= 1_000_000
    assert not single_connection_database.pool.park(connection)
    waiting = asyncio.create_task(single_connection_database.pool.acquire())
    await asyncio.sleep(0)
    await single_connection_database.pool.release(connection)
    assert connection.is_closed
    await single_connection_database.pool.release(await waiting)
    assert await write(single_connection_database, app_with_dataset) != pid
