"""Tasks that are cancelled while they read: no connection leaks, and other tasks are not affected."""

import asyncio
import gc
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from database.abort import AbortSignal, RequestAborted
from database.authentication import Credentials
from database.engine import Database
from database.reader import Reader
from dataloaders import Loaders
from dataloaders.rows import RowLoader
from models.ids import NIL_UUID
from models.membership import Role
from tests.database.statement_helpers import (
    FAILING_STATEMENT,
    SELECT_ALL_TASKS,
    SLOW_STATEMENTS,
    observe_statements,
    wait_until_released,
)
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET, open_reader


async def test_cancellation_during_a_statement_leaks_no_connection(
    app_with_dataset: AppFixture, reader: Reader, database: Database
) -> None:
    for _ in range(7):  # more than the pool has connections
        await reader.principal()
        started = asyncio.Event()
        with observe_statements(database, started.set):
            read = asyncio.create_task(reader.rows(SLOW_STATEMENTS[reader.dialect]))
            await started.wait()
            read.cancel()
            with pytest.raises(asyncio.CancelledError):
                await read
        await reader.release()
        assert await wait_until_released(database)
        assert len(await reader.rows(SELECT_ALL_TASKS)) == len(DATASET.tasks)


async def test_cancellation_at_any_step_leaks_no_connection(app_with_dataset: AppFixture, database: Database) -> None:
    for step_count in range(60):
        async with open_reader(app_with_dataset.tenant) as reader:
            read = asyncio.create_task(reader.rows(SELECT_ALL_TASKS))
            for _ in range(step_count):
                await asyncio.sleep(0)
            read.cancel()
            with suppress(asyncio.CancelledError):
                await read
            assert len(await reader.rows(SELECT_ALL_TASKS)) == len(DATASET.tasks)
        assert await wait_until_released(database)


async def test_repeated_cancellation_leaks_no_connection(app_with_dataset: AppFixture, database: Database) -> None:
    for step_count in range(0, 30, 5):
        reader = Reader(database, Credentials(app_with_dataset.tenant.users[Role.MEMBER].id, "here"))
        read = asyncio.create_task(reader.rows(SLOW_STATEMENTS[reader.dialect]))
        for _ in range(step_count):
            await asyncio.sleep(0)
        while not read.done():
            read.cancel()
            await asyncio.sleep(0)
        await reader.release()
        assert await wait_until_released(database)


async def test_cancelled_reads_do_not_affect_concurrent_ones(
    no_leaked_connections: None, app_with_dataset: AppFixture, reader: Reader
) -> None:
    reads = [asyncio.create_task(reader.rows(SELECT_ALL_TASKS)) for _ in range(10)]
    await asyncio.sleep(0)
    for read in reads[1::2]:
        read.cancel()
    results = await asyncio.gather(*reads, return_exceptions=True)
    assert [isinstance(result, asyncio.CancelledError) for result in results] == [False, True] * 5
    assert {len(rows) for rows in results[::2]} == {len(DATASET.tasks)}  # type: ignore[arg-type]


async def test_cancelled_read_leaves_the_transaction_open_for_concurrent_ones(
    app_with_dataset: AppFixture, reader: Reader, database: Database, statement_counter: StatementCounter
) -> None:
    await reader.principal()
    started = asyncio.Event()
    with observe_statements(database, started.set), statement_counter:
        read = asyncio.create_task(reader.rows(SLOW_STATEMENTS[reader.dialect]))
        await started.wait()
        read.cancel()
        assert len(await reader.rows(SELECT_ALL_TASKS)) == len(DATASET.tasks)
    assert statement_counter.count == 2


async def test_cancelled_close_still_releases_the_connection(
    no_leaked_connections: None, app_with_dataset: AppFixture, reader: Reader, database: Database
) -> None:
    await reader.principal()
    started = asyncio.Event()
    with observe_statements(database, started.set):
        read = asyncio.create_task(reader.rows(SLOW_STATEMENTS[reader.dialect]))
        await started.wait()
        closing = asyncio.create_task(reader.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
    await read
    assert await wait_until_released(database)


def collect_unhandled() -> list[Any]:
    """Return a list to which all exceptions are added that asyncio reports as unhandled from now on."""
    contexts: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: contexts.append(context))
    return contexts


async def test_exception_of_a_cancelled_read_is_not_reported_as_unhandled(
    app_with_dataset: AppFixture, reader: Reader, database: Database
) -> None:
    unhandled, started = collect_unhandled(), asyncio.Event()
    await reader.principal()
    with observe_statements(database, started.set):
        read = asyncio.create_task(reader.rows(FAILING_STATEMENT))
        await started.wait()
    read.cancel()
    with pytest.raises(asyncio.CancelledError):
        await read
    del read
    await reader.release()
    gc.collect()
    assert unhandled == []


async def test_exceptions_of_cancelled_loads_are_not_reported_as_unhandled(
    app_with_dataset: AppFixture, reader: Reader
) -> None:
    unhandled, loaders = collect_unhandled(), Loaders(reader)
    loads = [
        asyncio.ensure_future(loaders.get(RowLoader, table).load(NIL_UUID)) for table in ("task", "worker", "team")
    ]
    await asyncio.sleep(0)
    for load in loads:
        load.cancel()
    await reader.close()
    assert {type(error) for error in await asyncio.gather(*loads, return_exceptions=True)} == {asyncio.CancelledError}
    del loads, load
    loaders.clear()
    await asyncio.sleep(0)
    gc.collect()
    assert unhandled == []


async def test_cancelled_load_does_not_affect_other_loads_of_the_same_row(
    app_with_dataset: AppFixture, reader: Reader
) -> None:
    loader, id = Loaders(reader).get(RowLoader, "task"), DATASET.tasks[0].id
    loads = [asyncio.ensure_future(loader.load(id)) for _ in range(3)]
    await asyncio.sleep(0)
    loads[1].cancel()
    first, second, third = await asyncio.gather(*loads, return_exceptions=True)
    assert isinstance(second, asyncio.CancelledError)
    assert first is third
    assert first is not None
    assert (await loader.load(id)) is first


async def read_slowly(app: AppFixture, signal: AbortSignal, readers: list[Reader]) -> None:
    """Do what a request does: create a reader, read with it in the same task, and close it."""
    reader = Reader(app.database, Credentials(app.tenant.users[Role.MEMBER].id, "here"), signal)
    readers.append(reader)
    try:
        await reader.rows(SLOW_STATEMENTS[reader.dialect])
    finally:
        await reader.close()


async def test_cancelled_request_releases_its_connection(app_with_dataset: AppFixture, database: Database) -> None:
    for step_count in range(0, 40, 3):
        request = asyncio.create_task(read_slowly(app_with_dataset, AbortSignal(), []))
        for _ in range(step_count):
            await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert await wait_until_released(database)


@pytest.mark.parametrize("block", [lambda _signal: nullcontext(), AbortSignal.stopping_task], ids=["query", "mutation"])
async def test_aborted_request_continues_without_its_read(
    block: Any, no_leaked_connections: None, app_with_dataset: AppFixture, database: Database
) -> None:
    signal, started, readers = AbortSignal(), asyncio.Event(), list[Reader]()

    async def request() -> int:
        with pytest.raises(RequestAborted), block(signal):
            await read_slowly(app_with_dataset, signal, readers)
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    running = asyncio.create_task(request())
    with observe_statements(database, started.set):
        await started.wait()
    signal.abort("The deadline has passed.")
    readers[0].stop()
    assert await running == 0


async def test_cancellation_of_an_aborted_request_is_not_lost(
    no_leaked_connections: None, app_with_dataset: AppFixture, database: Database
) -> None:
    signal, started, readers = AbortSignal(), asyncio.Event(), list[Reader]()
    request = asyncio.create_task(read_slowly(app_with_dataset, signal, readers))
    with observe_statements(database, started.set):
        await started.wait()
    signal.abort("The deadline has passed.")
    readers[0].stop()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
