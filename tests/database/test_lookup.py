"""Lookups: requests whose only statement verifies the cached principal, too."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from database.authentication import Credentials, Principal
from database.cached_identity import CachedIdentity
from database.engine import Database
from database.lookup import LookupFailed
from database.reader import Reader
from models import Task
from models.membership import Role
from queries.lists import select_by_id
from tests.database.statement_helpers import FAILING_STATEMENT, SELECT_ALL_TASKS
from tests.database.test_cached_identity import CHANGES, begin_and_authenticate, session_credentials
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET

pytestmark = pytest.mark.only("postgresql")
SELECT_TASKS = select_by_id(Task)


async def find_identity(database: Database, credentials: Credentials) -> CachedIdentity:
    """Return the cached identity of the credentials, which the database has confirmed."""
    await begin_and_authenticate(database, credentials)
    caller = database.callers.find(credentials)
    assert caller is not None
    assert caller.identity is not None
    return caller.identity


async def open_lookup(database: Database, credentials: Credentials) -> Reader:
    """Return a reader of a request that is expected to need a lookup only."""
    reader = Reader(database, credentials)
    reader.expect_lookup(await find_identity(database, credentials))
    return reader


async def test_rows_are_those_of_a_transaction(app_with_dataset: AppFixture, database: Database) -> None:
    credentials = session_credentials(app_with_dataset)
    for keys in ([task.id for task in DATASET.tasks], [DATASET.tasks[0].id], []):
        reader = await open_lookup(database, credentials)
        with StatementCounter(database.read_engine) as counter:
            rows = await reader.rows(SELECT_TASKS, keys=keys)
        assert counter.count == 1
        assert not reader.must_repeat
        await reader.close()
        ordinary = Reader(database, credentials)
        expected = await ordinary.rows(SELECT_TASKS, keys=keys)
        assert [row._mapping for row in rows] == [row._mapping for row in expected]
        await ordinary.close()


async def test_principal_is_the_cached_one_until_it_is_confirmed(
    app_with_dataset: AppFixture, database: Database
) -> None:
    reader = await open_lookup(database, session_credentials(app_with_dataset))
    with StatementCounter(database.read_engine) as counter:
        assert (await reader.principal()).role is Role.MEMBER
    assert counter.count == 0
    assert reader.is_unconfirmed
    await reader.rows(SELECT_TASKS, keys=[DATASET.tasks[0].id])
    assert not reader.is_unconfirmed
    await reader.close()


@pytest.mark.parametrize("name", CHANGES)
async def test_lookup_fails_if_the_principal_is_not_valid_any_more(
    app_with_dataset: AppFixture, database: Database, name: str
) -> None:
    credentials, (build_update, expected) = session_credentials(app_with_dataset), CHANGES[name]
    reader = await open_lookup(database, credentials)
    before = reader.known_principal
    await app_with_dataset.execute_sql(build_update(credentials))
    with pytest.raises(LookupFailed):
        await reader.rows(SELECT_TASKS, keys=[DATASET.tasks[0].id])
    assert reader.must_repeat
    assert reader.is_unconfirmed
    await reader.expect_statements()
    assert not reader.must_repeat
    assert await reader.principal() == expected(before)
    await reader.close()
    assert database.connections_in_use == 0


async def test_row_level_security_refuses_rows_of_other_tenants(
    app_with_dataset: AppFixture, database: Database
) -> None:
    other = app_with_dataset.other_tenant
    task_id = await other.run_use_case(_insert_task)
    forged = {"keys": [task_id, DATASET.tasks[0].id], "tenant": other.id}
    reader = await open_lookup(database, session_credentials(app_with_dataset))
    assert list(await reader.rows(SELECT_TASKS, **forged)) == []
    assert not reader.must_repeat
    await reader.close()


async def _insert_task(work: Any) -> Any:
    task = Task(title="Measure the beds")  # type: ignore[call-arg]
    await work.add(task)
    return task.id


async def test_variables_of_row_level_security_end_with_the_statement(
    app_with_dataset: AppFixture, database: Database
) -> None:
    credentials = session_credentials(app_with_dataset)
    reader = await open_lookup(database, credentials)
    await reader.rows(SELECT_TASKS, keys=[DATASET.tasks[0].id])
    await reader.release()
    anonymous = Reader(database, Credentials())
    (row,) = await anonymous.rows(text("SELECT current_setting('app.tenant_id', true) AS tenant"))
    assert not row[0]
    await anonymous.close()


@pytest.mark.parametrize("second", [SELECT_TASKS, SELECT_ALL_TASKS])
async def test_second_statement_fails_instead_of_reading_another_snapshot(
    app_with_dataset: AppFixture, database: Database, second: Any
) -> None:
    reader = await open_lookup(database, session_credentials(app_with_dataset))
    keys = [DATASET.tasks[0].id]
    await reader.rows(SELECT_TASKS, keys=keys)
    with pytest.raises(LookupFailed):
        await reader.rows(second, keys=keys)
    assert reader.must_repeat
    await reader.expect_statements()
    assert len(await reader.rows(SELECT_ALL_TASKS)) == len(DATASET.tasks)
    assert reader.has_looked_up is False
    await reader.close()


async def test_other_statements_are_not_executed_as_lookups(app_with_dataset: AppFixture, database: Database) -> None:
    reader = await open_lookup(database, session_credentials(app_with_dataset))
    with StatementCounter(database.read_engine) as counter, pytest.raises(LookupFailed):
        await reader.rows(SELECT_ALL_TASKS)
    assert counter.count == 0
    assert reader.must_repeat
    await reader.close()


async def test_concurrent_statements_of_a_request_fail(app_with_dataset: AppFixture, database: Database) -> None:
    reader = await open_lookup(database, session_credentials(app_with_dataset))
    reads = [reader.rows(SELECT_TASKS, keys=[task.id]) for task in DATASET.tasks[:3]]
    results = await asyncio.gather(*reads, return_exceptions=True)
    assert len(results[0]) == 1  # type: ignore[arg-type]
    assert all(isinstance(result, LookupFailed) for result in results[1:])
    assert reader.must_repeat
    await reader.close()
    assert database.connections_in_use == 0


async def test_transaction_of_a_parked_connection_is_ended_first(
    app_with_dataset: AppFixture, database: Database
) -> None:
    credentials = session_credentials(app_with_dataset)
    identity = await find_identity(database, credentials)
    earlier = Reader(database, credentials)
    await earlier.rows(SELECT_ALL_TASKS)
    task_id = await app_with_dataset.tenant.run_use_case(_insert_task)
    await earlier.release()  # its snapshot is older than the task
    reader = Reader(database, credentials)
    reader.expect_lookup(identity)
    assert [row.id for row in await reader.rows(SELECT_TASKS, keys=[task_id])] == [task_id]
    await reader.close()


async def test_statement_is_planned_once(app_with_dataset: AppFixture, database: Database) -> None:
    credentials = session_credentials(app_with_dataset)
    for _ in range(12):
        reader = await open_lookup(database, credentials)
        await reader.rows(SELECT_TASKS, keys=[DATASET.tasks[0].id])
        await reader.release()
    plans = "SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT _rows.%'"
    assert [row[0] for row in await reader_rows(database, credentials, plans)] == [7]


async def reader_rows(database: Database, credentials: Credentials, sql: str) -> Any:
    """Return the rows of a statement."""
    reader = Reader(database, credentials)
    rows = await reader.rows(text(sql))
    await reader.close()
    return rows


async def test_only_a_single_lookup_is_noted_as_one(app_with_dataset: AppFixture, database: Database) -> None:
    reader = Reader(database, session_credentials(app_with_dataset))
    assert reader.has_looked_up is None
    await reader.principal()
    assert reader.has_looked_up is None
    await reader.rows(SELECT_TASKS, keys=[DATASET.tasks[0].id])
    assert reader.has_looked_up is True
    await reader.rows(SELECT_TASKS, keys=[DATASET.tasks[0].id])
    assert reader.has_looked_up is False
    await reader.close()


async def test_failed_statement_is_no_confirmation(app_with_dataset: AppFixture, database: Database) -> None:
    reader = await open_lookup(database, session_credentials(app_with_dataset))
    with pytest.raises(Exception, match="no_such_column"):
        await reader.rows(FAILING_STATEMENT.execution_options(is_lookup=True))
    assert reader.must_repeat
    await reader.close()
    assert database.connections_in_use == 0


async def test_key_and_user_without_session_are_verified_too(app_with_dataset: AppFixture, database: Database) -> None:
    member = app_with_dataset.tenant.users[Role.MEMBER]
    credentials = Credentials(member.id, app_with_dataset.tenant.slug)
    reader = await open_lookup(database, credentials)
    assert len(await reader.rows(SELECT_TASKS, keys=[DATASET.tasks[0].id])) == 1
    assert reader.known_principal == Principal(member.id, app_with_dataset.tenant.id, Role.MEMBER)
    await reader.close()
