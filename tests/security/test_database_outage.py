"""While the database is away, responses ask clients to try again: UNAVAILABLE, status 503 and Retry-After."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.asyncpg_write_transaction import AsyncpgWriteTransaction
from database.postgresql import PostgresDatabase
from database.reader import Reader
from tests.security.conftest import OutageServer
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import GraphQLResponse
from tests.support.idempotency import is_replay, with_key

pytestmark = pytest.mark.slow

QUERY = "{ viewer { email } tasks { nodes { id } } teams { totalCount } }"
TRY_AGAIN = "The database is currently unavailable. Try again later."


def assert_unavailable(response: GraphQLResponse) -> None:
    assert response.status == 503, response.body
    assert response.headers["retry-after"] == "2"
    assert all(value is None for value in response.body["data"].values())
    for error in response.body["errors"]:
        assert error["message"] == TRY_AGAIN
        assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 2}


@pytest.mark.only("postgresql")
async def test_killed_database_is_a_503_until_it_is_back(outage_server: OutageServer) -> None:
    client = outage_server.client
    assert (await client(QUERY)).status == 200
    await asyncio.to_thread(outage_server.cluster.kill)
    for _ in range(2):  # with lost connections, then without any
        assert_unavailable(await client(QUERY))
        assert_unavailable(await client(documents.create("Team"), input={"name": "Diggers"}))
    assert "Traceback" not in outage_server.process.output
    assert "the database is unavailable: ConnectionRefusedError" in outage_server.process.output
    await asyncio.to_thread(outage_server.cluster.resume)
    assert (await client(QUERY)).data["teams"] == {"totalCount": 0}
    (await client(documents.create("Team"), input={"name": "Diggers"})).payload("createTeam")


class CannotConnectNow(Exception):
    """The driver's error while the database system is starting up, as SQLAlchemy's adapter raises it."""

    sqlstate = "57P03"


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("failure", [CannotConnectNow, TimeoutError, ConnectionRefusedError])
async def test_errors_while_connecting_are_outages(
    failure: type[Exception], app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> Any:
        raise failure("the database system is starting up")

    await _close_idle_connections(app_fixture)
    monkeypatch.setattr("sqlalchemy.ext.asyncio.AsyncEngine.raw_connection", fail)
    assert_unavailable(await app_fixture.tenant.client()(QUERY))


@pytest.mark.only("postgresql")
async def test_rejected_password_is_no_outage(app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    class InvalidPassword(CannotConnectNow):
        sqlstate = "28P01"

    async def fail(*_: Any) -> Any:
        raise InvalidPassword("password authentication failed")

    await _close_idle_connections(app_fixture)
    monkeypatch.setattr("sqlalchemy.ext.asyncio.AsyncEngine.raw_connection", fail)
    response = await app_fixture.tenant.client()("{ tasks { totalCount } }")
    assert (response.status, response.error_codes) == (200, ["INTERNAL"])


async def _close_idle_connections(app_fixture: AppFixture) -> None:
    database = app_fixture.database
    assert isinstance(database, PostgresDatabase)
    await database.pool.drain()
    while database.pool.status().idle:
        connection = await database.pool.acquire()
        connection.driver.terminate()
        await database.pool.release(connection)


class DriverWithoutAnswer:
    """A driver connection that is lost before the answer to its next statement, which is executed."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def execute(self, sql: str) -> Any:
        if "COMMIT" not in sql:  # it prepares what is executed with COMMIT
            return await self._driver.execute(sql)
        await self._driver.execute(sql)
        self._driver.terminate()
        return await self._driver.execute(sql)


@pytest.mark.only("postgresql")
async def test_result_of_a_commit_without_an_answer_is_unknown(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, client = AsyncpgWriteTransaction.commit, with_key(app_fixture.tenant.client())

    async def commit_without_answer(transaction: AsyncpgWriteTransaction, *rows: Any) -> None:
        driver = DriverWithoutAnswer(transaction._driver)  # noqa: SLF001 -- nothing public can lose one answer
        monkeypatch.setattr(transaction, "_driver", driver)
        await commit(transaction, *rows)

    with monkeypatch.context() as patched:
        patched.setattr(AsyncpgWriteTransaction, "commit", commit_without_answer)
        response = await client(documents.create("Team"), input={"name": "Diggers"})
    (error,) = response.body["errors"]
    assert response.status == 200
    assert "unknown whether this mutation was performed" in error["message"]
    assert "Idempotency-Key" in error["message"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 2, "resultUnknown": True}
    repeated = await client(documents.create("Team"), input={"name": "Diggers"})
    repeated.payload("createTeam")
    assert is_replay(repeated)


async def test_committed_mutation_whose_payload_cannot_be_read_is_no_503(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **_parameters: Any) -> Any:
        raise PoolTimeout

    monkeypatch.setattr(Reader, "rows_unshielded", fail)
    mutation = 'mutation { createTeam(input: {name: "Diggers"}) { team { workers { nodes { id } } } } }'
    response = await app_fixture.tenant.client()(mutation)
    assert response.status == 200
    assert {tuple(error["path"][:2]) for error in response.body["errors"]} == {("createTeam", "team")}
    assert response.error_codes == ["UNAVAILABLE"]
