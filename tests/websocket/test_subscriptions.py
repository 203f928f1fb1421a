"""Subscriptions: which changes arrive, in which order, and what is refused."""

import pytest
from fastapi import FastAPI

from models import Project, Task
from models.base import utc_now
from services.core import tenant_feed
from services.core.change_feed import decode_cursor
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.bulk_documents import bulk_create
from tests.support.subscriptions import follow, subscribe

PROJECT_CHANGED = """subscription ($id: ID, $after: String) {
  projectChanged(id: $id, after: $after) { cursor objectId action changedFields project { name } }
}"""
NEWEST = "{ changes(first: 1) { newestCursor } }"
SQLITE = pytest.mark.only("sqlite")


async def test_changes_arrive_with_their_objects(app: FastAPI, app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    async with follow(app, tenant.client()) as changes:
        project = await tenant.create(Project, name="Shed")
        created = await changes.next_event()
        assert (created["type"], created["objectId"]) == ("PROJECT", global_id(project))
        assert (created["action"], created["version"]) == ("CREATED", 1)
        assert created["object"] == {"__typename": "Project", "name": "Shed"}
        update_project = documents.update("Project")
        (await tenant.client()(update_project, id=global_id(project), input={"name": "Barn"})).payload("updateProject")
        updated = await changes.next_event()
        assert (updated["action"], updated["changedFields"]) == ("UPDATED", ["name"])
        assert updated["object"]["name"] == "Barn"
        deletion = await tenant.client()(documents.delete("Project"), id=global_id(project))
        deletion.payload("deleteProject")
        deleted = await changes.next_event()
        assert (deleted["action"], deleted["object"]) == ("DELETED", None)


async def test_one_type_and_one_object(app: FastAPI, app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    first, second = [await tenant.create(Project, name=name) for name in ("First", "Second")]
    variables = {"id": global_id(second)}
    async with follow(app, tenant.client(), PROJECT_CHANGED, **variables) as changes:
        for project, name in ((first, "A"), (second, "B")):
            await tenant.client()(documents.update("Project"), id=global_id(project), input={"name": name})
        event = await changes.next_event()
        assert (event["objectId"], event["project"]) == (global_id(second), {"name": "B"})


async def test_filters(app: FastAPI, app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    where = {"action": {"ne": "CREATED"}, "changedFields": {"includes": "name"}}
    async with follow(app, tenant.client(), types=["PROJECT"], where=where) as changes:
        await tenant.create(Task)
        project = await tenant.create(Project)
        await tenant.client()(documents.update("Project"), id=global_id(project), input={"name": "Barn"})
        event = await changes.next_event()
        assert (event["type"], event["action"]) == ("PROJECT", "UPDATED")


@pytest.mark.any_server
async def test_client_resumes_after_its_cursor(app: FastAPI, app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    async with follow(app, tenant.client()) as changes:
        first = await tenant.create(Project)
        cursor = (await changes.next_event())["cursor"]
    missed = [await tenant.create(Project) for _ in range(3)]
    async with follow(app, tenant.client(), after=cursor) as changes:
        later = await tenant.create(Project)
        received = [event["objectId"] for event in await changes.next_events(4)]
        assert received == [global_id(project) for project in (*missed, later)]
        assert global_id(first) not in received


async def test_every_change_of_many_arrives_once(
    app: FastAPI, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_feed, "MAX_RECENT", 40)  # so that a slow follower reads from the database
    monkeypatch.setattr(tenant_feed, "PAGE_SIZE", 30)
    tenant = app_fixture.tenant
    async with follow(app, tenant.client()) as changes:
        changes.socket.is_reading.clear()
        for start in range(0, 250, 50):
            inputs = [{"title": f"T{start + number}"} for number in range(50)]
            (await tenant.client()(bulk_create("Task"), inputs=inputs)).payload("bulkCreateTasks")
        changes.socket.is_reading.set()
        titles = [event["object"]["title"] for event in await changes.next_events(250)]
        assert titles == [f"T{number}" for number in range(250)]
        assert await changes.is_quiet()


async def test_cursors_that_cannot_be_followed(app: FastAPI, app_fixture: AppFixture) -> None:
    member = app_fixture.tenant.client()
    foreign = (await app_fixture.other_tenant.client()(NEWEST)).data["changes"]["newestCursor"]
    expired = await _expired_cursor(app_fixture)
    for cursor, code in (("garbage", "BAD_USER_INPUT"), (foreign, "BAD_USER_INPUT"), (expired, "CURSOR_EXPIRED")):
        async with subscribe(app, member.headers, after=cursor) as changes:
            assert await changes.error_codes() == [code]
            assert (await changes.socket.execute("{ __typename }"))["data"]  # the socket remains open


async def _expired_cursor(app_fixture: AppFixture) -> str:
    newest = (await app_fixture.tenant.client()(NEWEST)).data["changes"]["newestCursor"]
    cursor = decode_cursor(newest)
    return type(cursor)(cursor.tenant, cursor.position, utc_now().replace(year=2020)).encode()


@SQLITE
async def test_invalid_subscriptions_are_refused(app: FastAPI, app_fixture: AppFixture) -> None:
    member = app_fixture.tenant.client()
    for query, variables in (
        ("subscription { __typename }", {}),
        ("subscription { a: changes { cursor } b: changes { cursor } }", {}),
        ("subscription ($s: Boolean!) { changes @skip(if: $s) { cursor } }", {"s": True}),
        ("subscription { changes(types: []) { cursor } }", {}),
        ("subscription ($after: String!) { changes(after: $after) { cursor } }", {"after": 1}),
        ("subscription { changes(where: {objectId: {eq: null}}) { cursor } }", {}),
        ("subscription { changes { unknown } }", {}),
    ):
        async with subscribe(app, member.headers, query, **variables) as changes:
            assert await changes.error_codes() == ["BAD_USER_INPUT"], query


@SQLITE
async def test_malformed_id_matches_nothing(app: FastAPI, app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    async with follow(app, tenant.client(), PROJECT_CHANGED, id="project_unknown") as changes:
        await tenant.create(Project)
        assert await changes.is_quiet()
