"""What the message of an optimistic unit of work contains, and how long its answer may take."""

import asyncio
import base64
import re
from typing import Any

import pytest
from sqlalchemy import select

from database.asyncpg_write_transaction import AsyncpgWriteTransaction, OptimisticWriteTransaction
from database.connection import PooledConnection
from database.inline_write import TABLES_WITH_SECRETS, inline_insert
from database.unsent_message import UnsentMessage
from models import ApiKey, Team, User
from models.membership import Role
from models.relations import table_of
from tests.mcp.agent import CREATE_KEY
from tests.services.test_optimistic_writes import warm_up
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture

pytestmark = pytest.mark.only("postgresql")
NEW_PASSWORD = "Another-horse-3!"
LITERAL = re.compile(r"EXECUTE \w+\('([\w+/=]+)'")


@pytest.fixture
def literals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rows in the messages of write transactions."""
    found: list[str] = []
    execute = AsyncpgWriteTransaction._execute  # noqa: SLF001

    async def record(self: Any, sql: str, *arguments: Any, **options: Any) -> str:
        found.extend(base64.b64decode(literal).decode() for literal in LITERAL.findall(sql))
        return await execute(self, sql, *arguments, **options)

    monkeypatch.setattr(AsyncpgWriteTransaction, "_execute", record)
    return found


async def test_secrets_are_parameters(app_fixture: AppFixture, literals: list[str]) -> None:
    """PostgreSQL logs the SQL of a message that it refuses, without parameters."""
    owner = await warm_up(app_fixture, Role.OWNER)
    (await owner(documents.create("Task"), input={"title": "Dig"})).payload("createTask")
    (await owner(CREATE_KEY, input={"name": "Key", "role": "MEMBER"})).payload("createApiKey")
    values = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    (await owner(documents.CHANGE_PASSWORD, input=values)).payload("changePassword")
    user, key = table_of(User), table_of(ApiKey)
    owner_id = app_fixture.tenant.users[Role.OWNER].id
    rows = await app_fixture.fetch_rows(select(user.c.password_hash).where(user.c.id == owner_id))
    rows += await app_fixture.fetch_rows(select(key.c.hash))
    assert len(rows) == 2
    sent = "".join(literals)
    assert "Dig" in sent
    assert [secret for (secret,) in rows if secret in sent] == []


def test_tables_with_secrets() -> None:
    assert {table.name for table in TABLES_WITH_SECRETS} == {
        *("user", "refresh_token", "email_token", "api_key", "invitation", "sign_in_event"),
        *("second_factor", "recovery_code", "passkey_challenge", "webhook"),
    }


async def test_each_statement_of_a_message_has_the_whole_timeout(app_fixture: AppFixture) -> None:
    """The server ends a single statement after its timeout, so the answer to a message may take longer."""
    transaction, connection = await open_transaction(app_fixture)
    connection.deadline._timeout = 0.4  # noqa: SLF001
    await transaction._execute("SELECT pg_sleep(0.5); SELECT pg_sleep(0.5)", statements=4)  # noqa: SLF001
    assert not connection.is_closed
    await transaction.close()


async def test_connection_is_closed_if_preparing_is_cancelled(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not known what the connection has prepared."""
    transaction, connection = await open_transaction(app_fixture)
    transaction._unsent.unprepared["write"] = inline_insert(table_of(Team))  # noqa: SLF001
    monkeypatch.setattr(UnsentMessage, "prepare_sql", "SELECT pg_sleep(60)")
    transaction._unsent.add_begin("BEGIN", "SELECT 1")  # noqa: SLF001
    reading = asyncio.create_task(transaction.rows(select(1), {}))
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await transaction.close()
    assert connection.is_closed


async def open_transaction(app_fixture: AppFixture) -> tuple[OptimisticWriteTransaction, PooledConnection]:
    """Return a transaction that has not begun."""
    database: Any = app_fixture.database
    connection = await database.pool.acquire("group")
    return OptimisticWriteTransaction(database.sync_engine, database.pool, connection), connection
