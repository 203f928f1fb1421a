"""Connections that come back with a reading transaction open, and whoever takes them next."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models import Task
from models.membership import Role
from models.relations import table_of
from queries.caller import Caller
from queries.pool import MOMENT, DriverPool
from queries.reader import Reader
from queries.writing import write_opened
from server.database import Database, connect
from server.settings import Settings
from tests.queries.connections import ALL_TASKS
from tests.queries.garden import GARDEN
from tests.support.world import World

pytestmark = pytest.mark.only("postgresql")
PROCESS = text("SELECT pg_backend_pid()")
STATE = text("SELECT state FROM pg_stat_activity WHERE pid = :process")
OPEN = "idle in transaction"


@pytest.fixture
async def narrow(settings: Settings, planted: World) -> AsyncIterator[Database]:
    """A database of which there is one connection."""
    made = connect(settings.model_copy(update={"db_pool_size": 1, "db_max_overflow": 0, "db_pool_timeout": 5}))
    yield made
    await made.close()


@pytest.fixture
async def impatient(settings: Settings, planted: World) -> AsyncIterator[Database]:
    """The same, and nobody waits long for it."""
    made = connect(settings.model_copy(update={"db_pool_size": 1, "db_max_overflow": 0, "db_pool_timeout": 0.1}))
    yield made
    await made.close()


@pytest.fixture
async def wide(settings: Settings, planted: World) -> AsyncIterator[Database]:
    """A database of which one connection is kept and others may be made."""
    made = connect(settings.model_copy(update={"db_pool_size": 1, "db_max_overflow": 3, "db_pool_timeout": 5}))
    yield made
    await made.close()


def reader_of(database: Database, world: World) -> Reader:
    return Reader(database.reading, Caller(world.here.users[Role.MEMBER].id, "here"))


async def read(database: Database, world: World) -> tuple[int, int]:
    """How many tasks there are, and which process of the server said so."""
    reader = reader_of(database, world)
    rows = await reader.rows(ALL_TASKS)
    ((process,),) = await reader.rows(PROCESS)
    await reader.release()
    return len(rows), process


async def state(world: World, process: int) -> Any:
    """What a process of the server is at, asked on a connection of another pool."""
    async with world.database.writing.connect() as connection:
        return (await connection.execute(STATE, {"process": process})).scalar()


async def becomes(world: World, process: int, wanted: Any) -> None:
    """Returns when the process is at that."""
    for _ in range(500):
        if await state(world, process) == wanted:
            return
        await asyncio.sleep(MOMENT)
    raise AssertionError(f"The process is {await state(world, process)}, not {wanted}.")


async def test_a_transaction_lies_open_for_a_moment_and_is_ended_then(narrow: Database, planted: World) -> None:
    _, process = await read(narrow, planted)
    pool = cast("DriverPool", narrow.reading.pool)
    assert (pool.checkedin(), await state(planted, process)) == (1, OPEN)
    await becomes(planted, process, "idle")


async def test_whoever_reads_next_sees_what_was_done_meanwhile(narrow: Database, planted: World) -> None:
    for more in range(3):
        assert (await read(narrow, planted))[0] == len(GARDEN.tasks) + more
        await planted.here.task("Another")


async def test_whoever_writes_next_has_a_transaction_of_their_own(narrow: Database, planted: World) -> None:
    tenant = {"tenant": str(planted.here.tenant_id)}
    for _ in range(3):
        _, process = await read(narrow, planted)
        async with narrow.writing.begin() as connection:
            assert (await connection.execute(PROCESS)).scalar() == process
            assert (await connection.execute(text("SHOW transaction_read_only"))).scalar() == "off"
            assert not (await connection.execute(text("SELECT current_setting('app.tenant_id', true)"))).scalar()
            await connection.execute(text("SELECT set_config('app.tenant_id', :tenant, true)"), tenant)
            await connection.execute(table_of(Task).update().values(title="Changed"))
    reader = reader_of(narrow, planted)
    assert {row.title for row in await reader.rows(ALL_TASKS)} == {"Changed"}
    await reader.release()


async def test_whoever_waits_is_given_what_a_reader_leaves(narrow: Database, planted: World) -> None:
    reader = reader_of(narrow, planted)
    ((process,),) = await reader.rows(PROCESS)

    async def ask() -> tuple[Any, Any]:
        async with narrow.writing.connect() as connection:
            read_only = (await connection.execute(text("SHOW transaction_read_only"))).scalar()
            return (await connection.execute(PROCESS)).scalar(), read_only

    waiting = asyncio.create_task(ask())
    await asyncio.sleep(MOMENT)
    assert not waiting.done()
    await reader.release()
    async with asyncio.timeout(2):
        assert await waiting == (process, "off")


async def test_whoever_is_next_in_line_is_handed_what_a_reader_leaves(narrow: Database, planted: World) -> None:
    checkouts: list[Any] = []
    event.listen(narrow.reading.pool, "checkout", lambda *which: checkouts.append(which))
    answers = await asyncio.gather(*(read(narrow, planted) for _ in range(20)))
    assert len({process for _, process in answers}) == 1
    assert {number for number, _ in answers} == {len(GARDEN.tasks)}
    assert len(checkouts) == 1


async def test_one_who_comes_through_sqlalchemy_does_not_keep_the_line_from_handing_on(
    narrow: Database, planted: World
) -> None:
    checkouts: list[Any] = []
    event.listen(narrow.reading.pool, "checkout", lambda *which: checkouts.append(which))
    readers = [asyncio.create_task(read(narrow, planted)) for _ in range(30)]
    await asyncio.wait(readers, return_when=asyncio.FIRST_COMPLETED)
    async with narrow.writing.connect() as connection:
        await connection.execute(PROCESS)
    async with asyncio.timeout(20):
        assert {number for number, _ in await asyncio.gather(*readers)} == {len(GARDEN.tasks)}
    assert len(checkouts) <= len(["the first reader", "SQLAlchemy's user", "the reader after that"])


async def test_whoever_is_next_in_line_is_told_when_others_give_back(narrow: Database, planted: World) -> None:
    async with narrow.writing.connect() as connection:
        process = (await connection.execute(PROCESS)).scalar()
        waiting = [asyncio.create_task(read(narrow, planted)) for _ in range(3)]
        await asyncio.sleep(MOMENT)
        assert not any(task.done() for task in waiting)
    async with asyncio.timeout(2):
        assert {found for _, found in await asyncio.gather(*waiting)} == {process}


async def test_whoever_waits_for_too_long_is_told_so(impatient: Database, planted: World) -> None:
    reader = reader_of(impatient, planted)
    await reader.rows(PROCESS)
    with pytest.raises(PoolTimeout, match="None of 1 connections"):
        await read(impatient, planted)
    await reader.release()
    assert (await read(impatient, planted))[0] == len(GARDEN.tasks)


async def test_whoever_reads_after_a_write_is_given_the_same_connection(narrow: Database, planted: World) -> None:
    caller = Caller(planted.here.users[Role.MEMBER].id, "here")
    for _ in range(3):
        transaction, _actor = await write_opened(narrow.writing, caller)
        ((process,),) = await transaction.rows(PROCESS, {})
        await transaction.commit()
        await transaction.close()
        assert await state(planted, process) == "idle"
        assert (await read(narrow, planted))[1] == process


async def test_a_connection_that_the_server_has_cut_meanwhile_is_not_handed_out(
    narrow: Database, planted: World
) -> None:
    _, process = await read(narrow, planted)
    async with planted.database.writing.connect() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
    await becomes(planted, process, None)
    await asyncio.sleep(2 * MOMENT)
    number, other = await read(narrow, planted)
    assert number == len(GARDEN.tasks)
    assert other != process


async def test_one_connection_too_many_is_closed(wide: Database, planted: World) -> None:
    answers = await asyncio.gather(*(read(wide, planted) for _ in range(4)))
    assert {number for number, _ in answers} == {len(GARDEN.tasks)}
    pool = cast("DriverPool", wide.reading.pool)
    assert (pool.checkedout() - pool.tidied, pool.checkedin() + pool.tidied) == (0, 1)


async def test_readers_and_writers_take_turns(narrow: Database, planted: World) -> None:
    async def write() -> None:
        async with narrow.writing.begin() as connection:
            await connection.execute(PROCESS)

    tasks = [read(narrow, planted) if number % 2 else write() for number in range(40)]
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*tasks)
    assert {answer[0] for answer in answers if answer is not None} == {len(GARDEN.tasks)}


async def test_nothing_is_under_way_once_the_pool_is_closed(settings: Settings, planted: World) -> None:
    for pause in (0, MOMENT / 2, MOMENT, MOMENT * 1.1):
        database = connect(settings)
        await asyncio.gather(*(read(database, planted) for _ in range(3)))
        await asyncio.sleep(pause)
        await database.close()
        before = asyncio.all_tasks()
        await asyncio.sleep(2 * MOMENT)
        assert asyncio.all_tasks() <= before
