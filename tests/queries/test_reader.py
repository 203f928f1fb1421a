"""Reading for one request: failures, crowds, and whose the connection is."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models import Task
from models.membership import Role
from models.relations import table_of
from queries.caller import NOBODY, Caller
from queries.reader import Reader, ReaderClosed
from server.database import Database
from tests.harness.statements import StatementCounter
from tests.queries.connections import ALL_TASKS, BROKEN, statements_of, taken
from tests.queries.garden import GARDEN, reading
from tests.support.world import Plot, World


async def test_a_failed_statement_does_not_spoil_later_ones(planted: World, reader: Reader) -> None:
    for _ in range(3):
        with pytest.raises(DBAPIError):
            await reader.rows(BROKEN)
        assert len(await reader.rows(ALL_TASKS)) == len(GARDEN.tasks)


async def test_a_failed_statement_does_not_spoil_those_beside_it(
    nothing_leaks: None, planted: World, reader: Reader
) -> None:
    statements: list[Any] = [ALL_TASKS, BROKEN] * 6
    answers = await asyncio.gather(*(reader.rows(each) for each in statements), return_exceptions=True)
    for statement, answer in zip(statements, answers, strict=True):
        assert isinstance(answer, DBAPIError) if statement is BROKEN else len(answer) == len(GARDEN.tasks)  # type: ignore[arg-type]


async def test_after_a_failed_statement_the_caller_is_checked_again(
    planted: World, reader: Reader, statements: StatementCounter
) -> None:
    with suppress(DBAPIError):
        await reader.rows(BROKEN)
    with statements:
        await reader.rows(ALL_TASKS)
        await reader.rows(ALL_TASKS)
    assert statements.count == 3


async def test_a_failed_statement_gives_the_connection_back(world: World, reader: Reader) -> None:
    with suppress(DBAPIError):
        await reader.rows(BROKEN)
    assert taken(world.database) == 0


async def test_a_caller_who_cannot_be_checked_costs_no_connection(
    world: World, reader: Reader, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr("queries.reader.identify", fail)
        patched.setattr("queries.driver.DriverTransaction.open", fail)
        for read in (reader.actor(), reader.rows(ALL_TASKS)):
            with pytest.raises(ConnectionResetError):
                await read
            assert taken(database) == 0
    assert (await reader.actor()).tenant_id == world.here.tenant_id


@pytest.mark.only("postgresql")
async def test_a_connection_that_the_server_has_cut_costs_one_failure(nothing_leaks: None, planted: World) -> None:
    async with reading(planted.here) as reader, reading(planted.here) as other:
        ((process,),) = await reader.rows(text("SELECT pg_backend_pid()"))
        await other.rows(text("SELECT pg_terminate_backend(:process)"), process=process)
        with pytest.raises(DBAPIError):
            await reader.rows(ALL_TASKS)
        assert len(await reader.rows(ALL_TASKS)) == len(GARDEN.tasks)


# Crowds


async def test_concurrent_reads_are_sent_one_at_a_time_in_one_transaction(
    nothing_leaks: None, planted: World, reader: Reader, database: Database, statements: StatementCounter
) -> None:
    running, most = 0, 0

    def begin() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)

    def end() -> None:
        nonlocal running
        running -= 1

    with statements_of(database, begin, end), statements:
        answers = await asyncio.gather(*(reader.rows(ALL_TASKS) for _ in range(20)), reader.actor(), reader.actor())
    assert {len(rows) for rows in answers[:20]} == {len(GARDEN.tasks)}  # type: ignore[arg-type]
    assert (most, statements.count) == (1, 1 + 20)
    assert taken(database) == 1


async def test_more_readers_than_connections_take_turns(nothing_leaks: None, planted: World) -> None:
    async def read() -> int:
        async with reading(planted.here) as reader:
            await reader.actor()
            return len(await reader.rows(ALL_TASKS))

    assert set(await asyncio.gather(*(read() for _ in range(40)))) == {len(GARDEN.tasks)}


async def test_readers_of_two_tenants_on_the_same_connections_see_each_their_own(planted: World) -> None:
    async def read(plot: Plot) -> None:
        for _ in range(5):
            async with reading(plot) as reader:
                assert {row.tenant_id for row in await reader.rows(ALL_TASKS)} == {plot.tenant_id}

    await asyncio.gather(*(read(plot) for plot in [planted.here, planted.there] * 4))


# The connection


async def test_nothing_is_taken_before_something_is_read(
    world: World, reader: Reader, database: Database, statements: StatementCounter
) -> None:
    with statements:
        await reader.release()
        assert await Reader(database.reading, Caller()).actor() == NOBODY
        assert await Reader(database.reading, Caller(tenant="here")).actor() == NOBODY
    assert (statements.count, taken(database)) == (0, 0)


async def test_release_gives_the_connection_back_and_the_next_read_takes_one_anew(
    planted: World, reader: Reader, database: Database
) -> None:
    for _ in range(3):
        assert len(await reader.rows(ALL_TASKS)) == len(GARDEN.tasks)
        assert taken(database) == 1
        await reader.release()
        await reader.release()
        assert taken(database) == 0


async def test_release_waits_for_the_statement_that_is_running(
    planted: World, reader: Reader, database: Database
) -> None:
    read = asyncio.create_task(reader.rows(ALL_TASKS))
    await asyncio.sleep(0)
    await asyncio.gather(reader.release(), reader.release())
    assert len(await read) == len(GARDEN.tasks)
    assert taken(database) == 0


async def test_a_closed_reader_takes_no_connection_any_more(planted: World, reader: Reader, database: Database) -> None:
    waiting = [asyncio.create_task(reader.rows(ALL_TASKS)) for _ in range(5)]
    await asyncio.sleep(0)
    await reader.close()
    await asyncio.gather(*waiting, return_exceptions=True)
    for read in (reader.rows(ALL_TASKS), reader.actor()):
        with pytest.raises(ReaderClosed):
            await read
    assert taken(database) == 0


async def test_what_is_read_until_release_is_of_one_moment(planted: World, reader: Reader) -> None:
    before = len(await reader.rows(ALL_TASKS))
    await planted.here.task("Another")
    assert len(await reader.rows(ALL_TASKS)) == before
    await reader.release()
    assert len(await reader.rows(ALL_TASKS)) == before + 1


@pytest.mark.only("postgresql")
async def test_whom_a_transaction_was_for_is_forgotten_with_it(planted: World, database: Database) -> None:
    whose = text("SELECT current_setting('app.tenant_id', true) || current_setting('app.user_id', true)")
    async with reading(planted.here) as reader:
        ((told,),) = await reader.rows(whose)
    assert told == f"{planted.here.tenant_id}{planted.here.users[Role.MEMBER].id}"
    async with database.reading.connect() as connection:  # the same one: the pool has no other
        assert not (await connection.execute(whose)).scalar()
        assert (await connection.execute(select(table_of(Task).c.id))).all() == []


@pytest.mark.only("postgresql")
async def test_a_reader_cannot_write(world: World, reader: Reader) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        await reader.rows(text("DELETE FROM task RETURNING id"))
