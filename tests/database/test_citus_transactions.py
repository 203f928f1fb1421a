"""Transactions on Citus pass the tenant in a message of its own. PostgreSQL accepts these messages too."""

from typing import Any

import pytest
from sqlalchemy import func, select

from database.asyncpg_transaction import AsyncpgReadTransaction
from database.authentication import Credentials, SystemCredentials
from database.citus import (
    HAS_CITUS,
    IS_DISTRIBUTED,
    IS_WORKER,
    PROPAGATES_SET,
    ConnectedToWorker,
    TenantNotPropagated,
    detect_distribution,
)
from database.citus_transaction import CitusReadTransaction
from database.transaction_classes import TransactionClasses
from models import Team
from models.membership import Role
from models.relations import table_of
from queries.scope import visible
from tests.support.app_fixture import AppFixture

pytestmark = pytest.mark.only("postgresql")
COUNT_TEAMS = select(func.count().label("number")).select_from(table_of(Team)).where(visible(table_of(Team)))


class Server:
    """Answers the questions with which a connection finds out what the server is."""

    def __init__(self, *found: str) -> None:
        self._found = found

    async def execute(self, sql: str) -> str:
        return "SELECT 1" if sql in self._found else "SELECT 0"


class RecordedTransaction(CitusReadTransaction):
    """Records the messages of the simple protocol."""

    messages: list[str]

    async def _execute(self, sql: str, text: str | None = None, *, statements: int = 1) -> str:
        self.messages.append(sql)
        return await super()._execute(sql, text, statements=statements)


@pytest.mark.parametrize("found", [(), (HAS_CITUS,), (IS_DISTRIBUTED, PROPAGATES_SET)])
async def test_server_without_distributed_tables_is_detected(found: tuple[str, ...]) -> None:
    assert await detect_distribution(Server(*found)) is False


async def test_distributed_server_chooses_its_classes() -> None:
    classes = TransactionClasses()
    await classes.choose(Server(HAS_CITUS, IS_DISTRIBUTED, PROPAGATES_SET))
    assert issubclass(classes.read, CitusReadTransaction)
    assert issubclass(classes.write, CitusReadTransaction)


async def test_worker_is_an_error() -> None:
    """It knows which tables are distributed, but has none of the coordinator."""
    with pytest.raises(ConnectedToWorker, match="Set DATABASE_URL to the coordinator"):
        await detect_distribution(Server(HAS_CITUS, IS_WORKER, IS_DISTRIBUTED, PROPAGATES_SET))


async def test_distribution_without_tenant_on_the_workers_is_an_error() -> None:
    with pytest.raises(TenantNotPropagated, match="allotment distribute"):
        await detect_distribution(Server(HAS_CITUS, IS_DISTRIBUTED))


async def test_plain_server_is_found_out_by_the_first_connection(app_fixture: AppFixture) -> None:
    database: Any = app_fixture.database
    await database.discover_server()
    assert not database.is_distributed
    assert database.inserts_lists
    transaction, _ = await database.begin_read(Credentials())
    await transaction.close()
    assert type(transaction) is AsyncpgReadTransaction


async def _count_teams(app_fixture: AppFixture, credentials: Credentials) -> tuple[int, list[str]]:
    """Return the number of visible teams, and the messages of the transaction."""
    database: Any = app_fixture.database
    transaction = RecordedTransaction(database.sync_engine, database.pool, await database.pool.acquire())
    transaction.messages = []
    try:
        principal = await transaction.begin(credentials, database.callers)
        (row,) = await transaction.rows(COUNT_TEAMS, principal.scope_parameters)
        return row.number, transaction.messages
    finally:
        await transaction.close()


async def test_tenant_is_a_message_of_its_own(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    await tenant.create(Team)
    credentials = Credentials(tenant.users[Role.MEMBER].id, tenant.slug)
    for _ in range(2):  # the second transaction verifies the cached principal
        number, messages = await _count_teams(app_fixture, credentials)
        assert (number, messages[-1]) == (1, f"SET LOCAL app.tenant_id = '{tenant.id}'")


async def test_system_credentials_pass_the_tenant_once(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    await tenant.create(Team)
    number, messages = await _count_teams(app_fixture, SystemCredentials(tenant_id=tenant.id))
    assert (number, messages.count(f"SET LOCAL app.tenant_id = '{tenant.id}'")) == (1, 1)


async def test_anonymous_client_has_no_tenant(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Team)
    number, messages = await _count_teams(app_fixture, Credentials())
    assert (number, any("app.tenant_id" in message for message in messages)) == (0, False)
