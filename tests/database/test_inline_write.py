"""Rows that are inserted in the same message as COMMIT."""

import re
from typing import Any

import pytest

from database.asyncpg_write_transaction import OptimisticWriteTransaction
from database.inline_write import inline_insert
from models import AuditEntry
from models.membership import Role
from models.relations import table_of
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

AUDIT = table_of(AuditEntry)
TEXTS = (
    "It's",
    "'); DROP TABLE audit_entry; --",
    "\\'; COMMIT; \\",
    'E\'\\x27 "quoted" $$dollar$$ $1',
    "line\nbreak\ttab \x01 \x7f",
    "日本語 🌱 \u202e right to left",
    '{"json": null} [1, 2] \\u0000',
)


async def test_any_text_is_stored_as_it_is(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client(Role.MEMBER).with_headers(**{"User-Agent": 'It\'s; \\ "x"'})
    for text in TEXTS:
        created = await client(documents.create("Task"), input={"title": "x", "description": text})
        assert created.payload("createTask")["task"]["description"] == text
    rows = sorted(await fetch_table(app_fixture.tenant, AuditEntry), key=lambda row: row["id"])
    tasks = [row for row in rows if row["noun"] == "Task"]
    assert [row["after"]["description"] for row in tasks] == list(TEXTS)
    assert {row["user_agent"] for row in tasks} == {'It\'s; \\ "x"'}


@pytest.mark.parametrize("text", TEXTS)
def test_literal_needs_no_escaping(text: str) -> None:
    row = dict.fromkeys(inline_insert(AUDIT).names) | {"noun": text, "after": {text: text}}
    sql = inline_insert(AUDIT).execute_sql([row] * 3)
    assert re.fullmatch(r"EXECUTE allotment_insert_audit_entry_[0-9a-f]{8}\('[A-Za-z0-9+/=]+'\)", sql)


@pytest.mark.usefixtures("cluster")
async def test_lost_prepared_statement_is_prepared_again(app_fixture: AppFixture) -> None:
    """Behind a pooler, a transaction may run in a session that has not prepared the statement."""
    client = app_fixture.tenant.client(Role.MEMBER)
    for name in ("First", "Second"):  # the first transaction of a connection prepares nothing
        await client(documents.create("Team"), input={"name": name})
    begin, is_lost = OptimisticWriteTransaction.begin, []

    async def begin_and_deallocate(transaction: OptimisticWriteTransaction, *arguments: Any) -> Any:
        principal = await begin(transaction, *arguments)
        driver = transaction._driver  # noqa: SLF001 -- nothing public loses a statement
        await driver.execute(f"DEALLOCATE {inline_insert(AUDIT).name}")
        is_lost.append(True)
        return principal

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(OptimisticWriteTransaction, "begin", begin_and_deallocate)
        response = await client(documents.create("Team"), input={"name": "Third"})
    assert is_lost == [True]
    response.payload("createTeam")
    teams = [row for row in await fetch_table(app_fixture.tenant, AuditEntry) if row["noun"] == "Team"]
    assert sorted(row["after"]["name"] for row in teams) == ["First", "Second", "Third"]
