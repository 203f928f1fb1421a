"""Another process that holds the lock of an SQLite file, such as a backup or a long import."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from models.membership import Role
from server.config.settings import Settings
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.settings import build_settings

pytestmark = pytest.mark.only("sqlite")


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with a short busy timeout."""
    return build_settings(database_url, db_pool_size=5, db_statement_timeout=0.1)


@pytest.fixture
async def client(app_fixture: AppFixture) -> Client:
    """A client whose operations need no statement for their cost."""
    return await app_fixture.tenant.client().lease_cost_points()


@pytest.fixture
def lock(app_fixture: AppFixture, client: Client) -> Iterator[sqlite3.Connection]:
    """The write lock of the test's database, until it is rolled back."""
    path = app_fixture.database.write_engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


async def test_mutation_asks_clients_to_try_again(client: Client, lock: sqlite3.Connection) -> None:
    response = await client(documents.create("Team"), input={"name": "Diggers"})
    assert (response.status, response.error_codes) == (503, ["UNAVAILABLE"])
    assert response.headers["retry-after"] == "2"
    lock.rollback()
    (await client(documents.create("Team"), input={"name": "Diggers"})).payload("createTeam")


@pytest.mark.parametrize("directive", ["@atomic", "@dryRun"])
async def test_operation_transaction_asks_clients_to_try_again(
    client: Client, lock: sqlite3.Connection, directive: str
) -> None:
    operation = f'mutation {directive} {{ createTeam(input: {{name: "Diggers"}}) {{ team {{ id }} }} }}'
    assert (await client(operation)).error_codes == ["UNAVAILABLE"]
    lock.rollback()
    assert not (await client(operation)).body.get("errors")


@pytest.mark.usefixtures("lock")
async def test_queries_and_their_cost_budgets_do_not_need_the_lock(app_fixture: AppFixture) -> None:
    admin = app_fixture.tenant.client(Role.ADMIN)  # without leased points
    assert (await admin("{ teams { totalCount } }")).data["teams"] == {"totalCount": 0}
