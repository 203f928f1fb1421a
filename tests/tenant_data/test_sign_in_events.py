"""Sign-in events of a tenant that moves to another database."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from models import Session, SignInEvent
from models.membership import Role
from models.relations import table_of
from server.tenant_data.tables import LEFT_OUT, exported_columns
from tests.sign_in.helpers import log_in, settle, tenant_events
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner
from tests.tenant_data.helpers import erase, export, read_lines, rows_of, run


def test_columns_that_are_left_out_exist_and_can_be_null() -> None:
    for name, columns in LEFT_OUT.items():
        table = table_of(SignInEvent).metadata.tables[name]
        assert all(table.c[column].nullable for column in columns)
        assert not columns & {column.name for column in exported_columns(table)}


@pytest.mark.slow
async def test_owners_see_imported_events_without_sessions(
    app: FastAPI, app_fixture: AppFixture, allotment: CommandRunner, tmp_path: Path
) -> None:
    """Sessions stay where they are. A later event is not merged with an imported one."""
    await log_in(app_fixture)
    await _fail(app_fixture, app)
    owner = app_fixture.tenant.client(Role.OWNER)
    before = await tenant_events(owner)
    assert [(each["kind"], each["sessionId"] is None) for each in before] == [
        ("LOGIN_FAILED", True), ("LOGGED_IN", False),
    ]  # fmt: skip
    file = await export(allotment, tmp_path / "here.jsonl")
    content, sessions = str(read_lines(file)), await app_fixture.fetch_rows(select(table_of(Session).c.id))
    assert [row.id for row in sessions if str(row.id) in content or row.id.hex in content] == []
    exported = rows_of(read_lines(file), "sign_in_event")
    assert len(exported) == len(before) == 2
    await erase(allotment)
    await run(allotment, "import", file)
    imported = [{**each, "sessionId": None} for each in before]
    assert await tenant_events(owner) == imported
    await _fail(app_fixture, app)
    newest, *others = await tenant_events(owner)
    assert (newest["kind"], newest["count"], others) == ("LOGIN_FAILED", 1, imported)


async def _fail(app_fixture: AppFixture, app: FastAPI) -> None:
    """Log in with a wrong password."""
    await log_in(app_fixture, password="Wrong-1!")
    await settle(app)
