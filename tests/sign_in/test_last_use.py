"""The last use of sessions: precise to a minute, without a write for each request."""

import asyncio
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from database.authentication import Credentials
from models import Session
from models.base import utc_now
from models.ids import new_id
from models.membership import Role
from models.relations import table_of
from services.core.use_case import run_use_case
from services.people import session
from tests.harness.statement_counter import StatementCounter
from tests.sign_in.helpers import settle
from tests.support.app_fixture import AppFixture

TASKS = "{ tasks { totalCount } }"
SESSION = table_of(Session)


async def age_sessions(app_fixture: AppFixture) -> None:
    """Let all sessions look as if they had not been used for an hour."""
    await app_fixture.execute_sql(update(SESSION).values(last_used_at=utc_now() - timedelta(hours=1)))


async def is_recent(app_fixture: AppFixture) -> bool:
    """Return whether the use of the member's session is stored."""
    is_members = SESSION.c.id == app_fixture.session_id(Role.MEMBER)
    (row,) = await app_fixture.fetch_rows(select(SESSION.c.last_used_at, SESSION.c.version).where(is_members))
    assert row.version == 1
    return bool(row.last_used_at > utc_now() - timedelta(minutes=1))


@pytest.mark.only("sqlite")
async def test_fresh_token_stores_nothing(
    app_fixture: AppFixture, app: FastAPI, statement_counter: StatementCounter
) -> None:
    """Signing in and refreshing have stored the use, at most a minute ago."""
    await age_sessions(app_fixture)
    with statement_counter:
        await app_fixture.tenant.client(Role.MEMBER)(TASKS)
        await settle(app)
    assert "UPDATE" not in str(statement_counter.statements)


@pytest.mark.only("sqlite")
async def test_use_is_stored_once_a_minute(
    app_fixture: AppFixture, app: FastAPI, statement_counter: StatementCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.services.last_use, "_seconds_when_due", float("inf"))  # the token looks older
    await age_sessions(app_fixture)
    member = app_fixture.tenant.client(Role.MEMBER)
    with statement_counter:
        for _ in range(3):
            await member(TASKS)
            await settle(app)
    assert [text.split()[0] for text in statement_counter.statements].count("UPDATE") == 1
    assert await is_recent(app_fixture)


async def test_many_sessions_are_stored_together(
    app_fixture: AppFixture, app: FastAPI, statement_counter: StatementCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.services.last_use, "_seconds_when_due", float("inf"))
    await age_sessions(app_fixture)
    with statement_counter:
        await asyncio.gather(*(app_fixture.tenant.client(role)(TASKS) for role in Role))
        await settle(app)
    assert 1 <= [text.split()[0] for text in statement_counter.statements].count("UPDATE") <= len(Role)
    assert await is_recent(app_fixture)


async def test_unknown_and_recently_used_sessions_are_skipped(app_fixture: AppFixture) -> None:
    ids = [new_id(), app_fixture.session_id(Role.MEMBER)]
    await app_fixture.execute_sql(update(SESSION).values(last_used_at=utc_now()))
    before = await app_fixture.fetch_rows(select(SESSION.c.id, SESSION.c.last_used_at).order_by(SESSION.c.id))
    await run_use_case(app_fixture.database, Credentials(), lambda work: session.record_use(work, ids))
    assert await app_fixture.fetch_rows(select(SESSION.c.id, SESSION.c.last_used_at).order_by(SESSION.c.id)) == before
