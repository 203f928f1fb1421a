"""Lookups that fail: the operation is executed again, and nothing of the first execution is left."""

from itertools import count
from typing import Any

import pytest
from sqlalchemy import update

from database.engine import Database
from database.outage import DatabaseUnavailable
from database.postgresql import PostgresDatabase
from models import Membership, Session, Task
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from server.config.settings import Settings
from tests.api.test_persisted_documents import register_documents
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.executors import is_executed_by_graphql_core
from tests.support.settings import build_settings

pytestmark = [
    pytest.mark.only("postgresql"),
    pytest.mark.skipif(is_executed_by_graphql_core(), reason="graphql-core reports the errors of fields"),
]
TASK = "query ($id: ID!) { task(id: $id) { title } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
SKIPPING_LISTS = " ".join(f"l{index}: tasks(first: 1, offset: 9000) {{ nodes {{ id }} }}" for index in range(6))
IF_LISTS = f"... @include(if: $lists) {{ {SKIPPING_LISTS} }}"
TASK_OR_LISTS = f"query ($id: ID!, $lists: Boolean!) {{ task(id: $id) {{ title }} {IF_LISTS} }}"
_numbers = count()


def new_operation(document: str) -> str:
    """Return the document with a name that no test has used: what an operation needs is known for the process."""
    return document.replace("query (", f"query Failed{next(_numbers)} (", 1)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """A pool of two connections."""
    return build_settings(database_url, db_pool_size=2, db_max_overflow=0, db_pool_timeout=0.1)


async def open_client(app_fixture: AppFixture, role: Role = Role.MEMBER) -> tuple[Client, str]:
    """Return a client whose caller is known, and the id of a task."""
    client = app_fixture.tenant.client(role)
    await client("{ tasks(first: 1) { nodes { id } } }")
    return client, global_id(await app_fixture.tenant.create(Task, title="Beds"))


async def test_outage_has_its_own_error(
    app_fixture: AppFixture, database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = new_operation(TASK)
    client, id = await open_client(app_fixture)
    for _ in range(3):
        assert (await client(operation, id=id)).error_codes == []

    attempts = []

    async def fail(*_arguments: Any, **_options: Any) -> None:
        attempts.append(1)
        raise DatabaseUnavailable("refused")

    with monkeypatch.context() as patch:
        patch.setattr(database.pool, "acquire", fail)
        response = await client(operation, id=id)
        assert (response.status, response.error_codes) == (503, ["UNAVAILABLE"])
    assert len(attempts) == 1  # each could wait for a timeout
    assert (await client(operation, id=id)).data == {"task": {"title": "Beds"}}


async def test_exhausted_pool_has_its_own_error(app_fixture: AppFixture, database: PostgresDatabase) -> None:
    operation = new_operation(TASK)
    client, id = await open_client(app_fixture)
    for _ in range(3):
        assert (await client(operation, id=id)).error_codes == []
    connections = [await database.pool.acquire() for _ in range(2)]
    response = await client(operation, id=id)
    assert (response.status, response.error_codes) == (503, ["UNAVAILABLE"])
    for connection in connections:
        await database.pool.release(connection)
    assert (await client(operation, id=id)).error_codes == []
    assert database.connections_in_use == 0


async def test_skipped_rows_of_the_failed_execution_do_not_count(app_fixture: AppFixture) -> None:
    operation = new_operation(TASK_OR_LISTS)
    client, id = await open_client(app_fixture)
    for _ in range(2):
        assert (await client(operation, id=id, lists=False)).error_codes == []
    for _ in range(2):
        assert (await client(operation, id=id, lists=True)).error_codes == []


async def test_skipped_rows_of_earlier_operations_of_a_batch_count(app_fixture: AppFixture) -> None:
    operation = new_operation(NODE)
    client, id = await open_client(app_fixture)
    for _ in range(3):
        await client(operation, id=id)
    lists = {"query": f"{{ {SKIPPING_LISTS} }}"}
    unread = {
        "query": operation,
        "variables": {"id": "nothing"},
    }  # needs no statement, so nothing confirms the principal
    results = (await client.post([lists, unread, lists])).body
    assert "errors" not in results[0]  # type: ignore[index]
    assert results[2]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"  # type: ignore[index]


async def test_operation_is_executed_again_by_its_plan(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = new_operation(TASK_OR_LISTS)
    client, id = await open_client(app_fixture)
    fallbacks: list[Exception] = []
    monkeypatch.setattr("executor.plan_with_fallback._log_abandoned", fallbacks.append)
    for _ in range(2):
        await client(operation, id=id, lists=False)
    assert (await client(operation, id=id, lists=True)).error_codes == []
    assert [type(failure).__name__ for failure in fallbacks] == ["LookupFailed"]
    assert (await client(operation, id=id, lists=True)).error_codes == []
    assert len(fallbacks) == 1


async def test_ended_session_is_no_reason_to_read_otherwise(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    operation = new_operation(TASK)
    owner, id = await open_client(app_fixture, Role.OWNER)
    member = app_fixture.tenant.client()
    await member("{ tasks(first: 1) { nodes { id } } }")
    for client in (owner, member, member):
        assert (await client(operation, id=id)).error_codes == []
    is_member = table_of(Membership).c.user_id == app_fixture.tenant.users[Role.MEMBER].id
    await app_fixture.execute_sql(table_of(Membership).delete().where(is_member))
    assert (await member(operation, id=id)).error_codes == ["FORBIDDEN"]
    with statement_counter:
        assert (await owner(operation, id=id)).error_codes == []
    assert statement_counter.count == 1


async def test_denied_caller_teaches_nothing(app_fixture: AppFixture, statement_counter: StatementCounter) -> None:
    operation = new_operation(TASK)
    owner, id = await open_client(app_fixture, Role.OWNER)
    outsider = app_fixture.client(app_fixture.other_tenant.users[Role.MEMBER], app_fixture.tenant.slug)
    assert (await outsider(operation, id=id)).error_codes == ["FORBIDDEN"]
    counts = []
    for _ in range(3):
        with statement_counter:
            assert (await owner(operation, id=id)).error_codes == []
        counts.append(statement_counter.count)
    assert counts == [2, 1, 1]


async def test_ids_that_need_no_statement_teach_nothing(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    operation = new_operation(NODE)
    client, id = await open_client(app_fixture)
    counts = []
    for each in ("nothing", id, "nothing", id, "nothing", id):
        with statement_counter:
            assert (await client(operation, id=each)).error_codes == []
        counts.append(statement_counter.count)
    assert counts[1::2] == [2, 1, 1]


async def test_reading_a_registered_document_does_not_count(
    app_fixture: AppFixture, database: Database, statement_counter: StatementCounter
) -> None:
    operation = new_operation(TASK)
    client, id = await open_client(app_fixture)
    await register_documents(database, one=operation)
    counts = []
    for _ in range(4):
        with statement_counter:
            response = await client.post({"documentId": "one", "variables": {"id": id}})
        assert response.data == {"task": {"title": "Beds"}}
        counts.append(statement_counter.count)
    assert counts[1:] == [1, 1, 1]


async def test_ended_session_ends_no_transaction_that_is_not_open(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = new_operation(TASK)
    client, id = await open_client(app_fixture)
    for _ in range(3):
        await client(operation, id=id)
    rollbacks: list[bool] = []

    async def roll_back(connection: Any) -> None:
        rollbacks.append(connection.has_open_transaction)

    monkeypatch.setattr("database.connection.PooledConnection.rollback", roll_back)
    await app_fixture.execute_sql(update(table_of(Session)).values(revoked_at=utc_now()))
    assert (await client(operation, id=id)).error_codes == ["UNAUTHENTICATED"]
    assert False not in rollbacks
