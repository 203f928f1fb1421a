"""Callers who hang up in the middle of reading: nothing leaks, and nobody else is disturbed."""

import asyncio
import gc
from contextlib import suppress
from typing import Any

import pytest

from dataloaders import Loaders
from dataloaders.rows import Rows
from models.ids import NOWHERE
from models.membership import Role
from queries.caller import Caller
from queries.reader import Reader
from server.database import Database
from tests.harness.statements import StatementCounter
from tests.queries.connections import ALL_TASKS, BROKEN, SLOW, settled, statements_of
from tests.queries.garden import GARDEN, reading
from tests.support.world import World


async def test_hanging_up_in_the_middle_of_a_statement_leaks_no_connection(
    planted: World, reader: Reader, database: Database
) -> None:
    for _ in range(7):  # more than the pool has connections
        await reader.actor()
        begun = asyncio.Event()
        with statements_of(database, begun.set):
            read = asyncio.create_task(reader.rows(SLOW[reader.dialect]))
            await begun.wait()
            read.cancel()
            with pytest.raises(asyncio.CancelledError):
                await read
        await reader.release()
        assert await settled(database) == 0
        assert len(await reader.rows(ALL_TASKS)) == len(GARDEN.tasks)


async def test_hanging_up_at_any_moment_leaks_no_connection(planted: World, database: Database) -> None:
    for moment in range(60):
        async with reading(planted.here) as reader:
            read = asyncio.create_task(reader.rows(ALL_TASKS))
            for _ in range(moment):
                await asyncio.sleep(0)
            read.cancel()
            with suppress(asyncio.CancelledError):
                await read
            assert len(await reader.rows(ALL_TASKS)) == len(GARDEN.tasks)
        assert await settled(database) == 0


async def test_hanging_up_again_and_again_leaks_no_connection(planted: World, database: Database) -> None:
    for moment in range(0, 30, 5):
        reader = Reader(database.reading, Caller(planted.here.users[Role.MEMBER].id, "here"))
        read = asyncio.create_task(reader.rows(SLOW[reader.dialect]))
        for _ in range(moment):
            await asyncio.sleep(0)
        while not read.done():
            read.cancel()
            await asyncio.sleep(0)
        await reader.release()
        assert await settled(database) == 0


async def test_whoever_hangs_up_while_waiting_does_not_disturb_the_others(
    nothing_leaks: None, planted: World, reader: Reader
) -> None:
    reads = [asyncio.create_task(reader.rows(ALL_TASKS)) for _ in range(10)]
    await asyncio.sleep(0)
    for read in reads[1::2]:
        read.cancel()
    answers = await asyncio.gather(*reads, return_exceptions=True)
    assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [False, True] * 5
    assert {len(rows) for rows in answers[::2]} == {len(GARDEN.tasks)}  # type: ignore[arg-type]


async def test_hanging_up_does_not_cost_the_others_their_transaction(
    planted: World, reader: Reader, database: Database, statements: StatementCounter
) -> None:
    await reader.actor()
    begun = asyncio.Event()
    with statements_of(database, begun.set), statements:
        read = asyncio.create_task(reader.rows(SLOW[reader.dialect]))
        await begun.wait()
        read.cancel()
        assert len(await reader.rows(ALL_TASKS)) == len(GARDEN.tasks)
    assert statements.count == 2


async def test_a_request_that_is_cut_off_while_it_closes_still_gives_its_connection_back(
    nothing_leaks: None, planted: World, reader: Reader, database: Database
) -> None:
    await reader.actor()
    begun = asyncio.Event()
    with statements_of(database, begun.set):
        read = asyncio.create_task(reader.rows(SLOW[reader.dialect]))
        await begun.wait()
        closing = asyncio.create_task(reader.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
    await read
    assert await settled(database) == 0


def unhandled_in_this_loop() -> list[Any]:
    """What asyncio finds that nobody took care of, from now on."""
    found: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, problem: found.append(problem))
    return found


async def test_a_failure_that_nobody_waits_for_any_more_is_not_left_unhandled(
    planted: World, reader: Reader, database: Database
) -> None:
    unhandled, begun = unhandled_in_this_loop(), asyncio.Event()
    await reader.actor()
    with statements_of(database, begun.set):
        read = asyncio.create_task(reader.rows(BROKEN))
        await begun.wait()
    read.cancel()
    with pytest.raises(asyncio.CancelledError):
        await read
    del read
    await reader.release()
    gc.collect()
    assert unhandled == []


async def test_loads_that_nobody_waits_for_when_the_reader_closes_are_not_left_unhandled(
    planted: World, reader: Reader
) -> None:
    unhandled, loaders = unhandled_in_this_loop(), Loaders(reader)
    loads = [asyncio.ensure_future(loaders.get(Rows, table).load(NOWHERE)) for table in ("task", "worker", "team")]
    await asyncio.sleep(0)
    for load in loads:
        load.cancel()
    await reader.close()
    assert {type(each) for each in await asyncio.gather(*loads, return_exceptions=True)} == {asyncio.CancelledError}
    del loads, load
    loaders.clear()
    await asyncio.sleep(0)
    gc.collect()
    assert unhandled == []


async def test_whoever_stops_waiting_for_a_row_does_not_take_it_from_the_others(planted: World, reader: Reader) -> None:
    loader, id = Loaders(reader).get(Rows, "task"), GARDEN.tasks[0].id
    loads = [asyncio.ensure_future(loader.load(id)) for _ in range(3)]
    await asyncio.sleep(0)
    loads[1].cancel()
    first, second, third = await asyncio.gather(*loads, return_exceptions=True)
    assert isinstance(second, asyncio.CancelledError)
    assert first is third
    assert first is not None
    assert (await loader.load(id)) is first
