"""Queries that need one lookup only: they return what ordinary reads do, also if access has changed."""

import asyncio
from collections import OrderedDict
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from database.authentication import Credentials
from models import ApiKey, Session, Task, Worker
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from tests.api.test_api_keys import client_with_key, create_key
from tests.api.test_failed_lookups import new_operation
from tests.database.test_cached_identity import CHANGES
from tests.harness.statement_counter import StatementCounter
from tests.sign_in.helpers import settle
from tests.sign_in.test_last_use import age_sessions, is_recent
from tests.support.app_fixture import AppFixture, global_id

TASK = "query ($id: ID!) { task(id: $id) { title } }"
TASK_OF_TIME = "query ($id: ID!, $time: DateTime) { task(id: $id, asOf: $time) { title } }"
TWO_TABLES = "query ($id: ID!, $worker: ID!) { task(id: $id) { title } worker(id: $worker) { name } }"
RENAME = "mutation ($id: ID!, $title: String!) { updateTask(id: $id, input: {title: $title}) { userErrors { code } } }"
only_postgresql = pytest.mark.only("postgresql")


@only_postgresql
async def test_only_the_first_execution_begins_a_transaction(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    task, client = await app_fixture.tenant.create(Task, title="Beds"), app_fixture.tenant.client()
    await client("{ tasks(first: 1) { nodes { id } } }")  # from now on, the caller is known
    counts, operation = [], new_operation(TASK)
    for _ in range(4):
        with statement_counter:
            response = await client(operation, id=global_id(task))
        counts.append(statement_counter.count)
        assert response.data["task"]["title"] == "Beds"
    assert counts == [2, 1, 1, 1]


async def test_object_that_is_not_visible_is_null(app_fixture: AppFixture) -> None:
    task = await app_fixture.tenant.create(Task, title="Beds")
    elsewhere = await app_fixture.other_tenant.create(Task, title="Elsewhere")
    client = app_fixture.tenant.client()
    for _ in range(2):
        for id, title in (
            (global_id(task), "Beds"),
            (global_id(elsewhere), None),
            (public_id("task", task.id), "Beds"),
        ):
            response = await client(TASK, id=id)
            assert response.error_codes == []
            assert (response.data["task"] or {}).get("title") == title
        assert (await client(TASK, id="nothing")).data == {"task": None}


async def test_changes_are_visible_at_once(app_fixture: AppFixture) -> None:
    task, client = await app_fixture.tenant.create(Task, title="Beds"), app_fixture.tenant.client()
    for title in ("Beds", "Paths", "Fences"):
        await app_fixture.tenant.client()(RENAME, id=global_id(task), title=title)
        assert (await client(TASK, id=global_id(task))).data["task"]["title"] == title


@pytest.mark.parametrize("name", CHANGES)
async def test_caller_loses_access_at_once(app_fixture: AppFixture, name: str) -> None:
    task, client = await app_fixture.tenant.create(Task, title="Beds"), app_fixture.tenant.client()
    for _ in range(3):
        assert (await client(TASK, id=global_id(task))).error_codes == []
    member = app_fixture.tenant.users[Role.MEMBER]
    credentials = Credentials(member.id, "here", session_id=app_fixture.session_id(Role.MEMBER))
    await app_fixture.execute_sql(CHANGES[name][0](credentials))
    responses = [await client(TASK, id=global_id(task)) for _ in range(3)]
    unknown_operation = f"query Other {TASK.removeprefix('query ')}"
    expected = await client(unknown_operation, id=global_id(task))
    for response in responses:
        assert response.error_codes == expected.error_codes
        assert response.body["data"] == expected.body["data"]


async def test_use_is_recorded_only_of_a_session_that_has_not_ended(
    app_fixture: AppFixture, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_use = app.state.services.last_use
    monkeypatch.setattr(last_use, "_seconds_when_due", float("inf"))  # the token looks older
    task, client = await app_fixture.tenant.create(Task, title="Beds"), app_fixture.tenant.client()
    await client(TASK, id=global_id(task))
    for end, is_recorded in ((None, True), (utc_now(), False)):
        await age_sessions(app_fixture)
        monkeypatch.setattr(last_use, "_recorded_at", OrderedDict())
        await app_fixture.execute_sql(update(table_of(Session)).values(revoked_at=end))
        assert (await client(TASK, id=global_id(task))).error_codes == ([] if is_recorded else ["UNAUTHENTICATED"])
        await settle(app)
        assert await is_recent(app_fixture) is is_recorded


@only_postgresql
async def test_variables_may_ask_for_other_statements(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    task, client = await app_fixture.tenant.create(Task, title="Beds"), app_fixture.tenant.client(Role.ADMIN)
    for _ in range(2):
        assert (await client(TASK_OF_TIME, id=global_id(task))).data["task"] == {"title": "Beds"}
    now = utc_now()
    assert (await client(RENAME, id=global_id(task), title="Paths")).error_codes == []
    for time, title in ((now, "Beds"), (None, "Paths"), (now, "Beds"), (None, "Paths")):
        response = await client(TASK_OF_TIME, id=global_id(task), time=time and time.isoformat())
        assert response.data["task"] == {"title": title}
    with statement_counter:
        await client(TASK_OF_TIME, id=global_id(task))
    assert statement_counter.count == 2  # the operation is executed with ordinary reads from now on


async def test_two_tables_share_a_snapshot(app_fixture: AppFixture, statement_counter: StatementCounter) -> None:
    task = await app_fixture.tenant.create(Task, title="Beds")
    worker = await app_fixture.tenant.create(Worker, name="Ada", email="ada@here.test")
    client = app_fixture.tenant.client()
    for _ in range(4):
        with statement_counter:
            response = await client(TWO_TABLES, id=global_id(task), worker=global_id(worker))
        assert response.data == {"task": {"title": "Beds"}, "worker": {"name": "Ada"}}
        assert statement_counter.count >= 3


async def test_concurrent_requests_of_a_caller_whose_session_ends(app_fixture: AppFixture) -> None:
    task, client = await app_fixture.tenant.create(Task, title="Beds"), app_fixture.tenant.client()
    await client(TASK, id=global_id(task))

    async def end_session() -> Any:
        session = table_of(Session)
        ended = session.update().where(session.c.id == app_fixture.session_id(Role.MEMBER))
        await app_fixture.execute_sql(ended.values(revoked_at=utc_now()))

    requests = [client(TASK, id=global_id(task)) for _ in range(30)]
    responses = await asyncio.gather(*requests[:15], end_session(), *requests[15:])
    for response in responses[:15] + responses[16:]:
        assert response.error_codes in ([], ["UNAUTHENTICATED"])
        assert response.body["data"]["task"] == (None if response.error_codes else {"title": "Beds"})
    assert (await client(TASK, id=global_id(task))).error_codes == ["UNAUTHENTICATED"]
    assert app_fixture.database.connections_in_use == 0


async def test_revoked_api_key(app_fixture: AppFixture) -> None:
    task = await app_fixture.tenant.create(Task, title="Beds")
    client = client_with_key(app_fixture, (await create_key(app_fixture))["secret"])
    for _ in range(3):
        assert (await client(TASK, id=global_id(task))).data["task"]["title"] == "Beds"
    await app_fixture.execute_sql(update(table_of(ApiKey)).values(scopes="SHOP_READ"))
    assert (await client(TASK, id=global_id(task))).error_codes == ["FORBIDDEN"]
    await app_fixture.execute_sql(update(table_of(ApiKey)).values(scopes=None, revoked_at=utc_now()))
    assert (await client(TASK, id=global_id(task))).error_codes == ["UNAUTHENTICATED"]
