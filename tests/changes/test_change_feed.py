"""The query `changes`: what it contains, page by page."""

import asyncio
import datetime
from dataclasses import replace
from typing import Any

import pytest

from models.base import utc_now
from models.membership import Role
from server.audit_pruning import prune_tenant, purge_object
from services.core import change_feed
from services.core.change_feed import Cursor, decode_cursor
from tests.changes.follower import Follower, summarize
from tests.support import documents
from tests.support.client import Client
from tests.support.sample_data import SampleData


async def edit_task(client: Client, sample_data: SampleData) -> str:
    """Create a task, update it, assign a worker to it and delete it; return its id."""
    created = await client(documents.create("Task"), input={"title": "Dig"})
    id: str = created.payload("createTask")["task"]["id"]
    (await client(documents.update("Task"), id=id, input={"title": "Weed", "priority": "HIGH"})).payload("updateTask")
    workers = sample_data.ids("Worker")[:1]
    (await client(documents.ASSIGN_WORKERS, taskId=id, workerIds=workers)).payload("assignWorkers")
    (await client(documents.delete("Task"), id=id)).payload("deleteTask")
    return id


@pytest.mark.any_server
async def test_changes_of_an_object_in_order(sample_data: SampleData, follower: Follower) -> None:
    member = sample_data.tenant.client(Role.MEMBER).with_headers(**{"X-Request-Id": "request-7"})
    id, worker = await edit_task(member, sample_data), sample_data.ids("Worker")[0]
    changes = await follower.follow_until(7)
    assert summarize(changes) == [
        ("TASK", id, "CREATED"),
        ("TASK", id, "UPDATED"),
        ("TASK", id, "LINKED"),
        ("WORKER", worker, "LINKED"),
        ("TASK", id, "UNLINKED"),
        ("WORKER", worker, "UNLINKED"),
        ("TASK", id, "DELETED"),
    ]
    assert [change["version"] for change in changes] == [1, 2, None, None, None, None, 3]
    assert sorted(changes[1]["changedFields"]) == ["priority", "title"]
    assert {change["requestId"] for change in changes} == {"request-7"}
    assert [change["object"] for change in changes] == [
        {"__typename": "Worker", "id": worker} if change["type"] == "WORKER" else None for change in changes
    ]
    times = [change["createdAt"] for change in changes]
    assert times == sorted(times)


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_every_change_is_received_once_at_any_page_size(
    sample_data: SampleData, follower: Follower, size: int
) -> None:
    follower.size = size
    ids = [await edit_task(sample_data.tenant.client(Role.MEMBER), sample_data) for _ in range(2)]
    changes = await follower.follow_until(14)
    assert [change["objectId"] for change in changes if change["type"] == "TASK"] == [
        id for id in ids for _ in range(5)
    ]
    assert len({change["cursor"] for change in changes}) == 14
    again = Follower(follower.client, changes[4]["cursor"], size)
    assert await again.follow_all() == changes[5:]


@pytest.mark.any_server
async def test_newest_cursor_is_after_all_changes(sample_data: SampleData, follower: Follower) -> None:
    await edit_task(sample_data.tenant.client(Role.MEMBER), sample_data)
    await follower.follow_until(7)
    newest = (await follower.request(after=None, first=1)).data["changes"]["newestCursor"]
    later = Follower(follower.client, newest)
    assert await later.follow_all() == []
    id = await edit_task(sample_data.tenant.client(Role.MEMBER), sample_data)
    assert (await later.follow_until(7))[0]["objectId"] == id


async def test_changes_of_some_types(sample_data: SampleData, follower: Follower) -> None:
    workers = Follower(follower.client, follower.cursor, types=["WORKER", "PROJECT"])
    await edit_task(sample_data.tenant.client(Role.MEMBER), sample_data)
    await follower.follow_until(7)
    assert {change["type"] for change in await workers.follow_until(2)} == {"WORKER"}
    assert workers.cursor is not None
    assert follower.cursor is not None
    # Without a change of its types, a follower does not read the others again.
    assert decode_cursor(workers.cursor).position == decode_cursor(follower.cursor).position
    response = await follower.request(types=["NONSENSE"])
    assert response.error_codes == ["BAD_USER_INPUT"]


async def test_first_page_begins_with_the_oldest_change(sample_data: SampleData) -> None:
    changes = await Follower(sample_data.tenant.client(Role.OWNER), size=7).follow_all()
    assert changes[0]["type"] == "TENANT"
    assert {change["type"] for change in changes} >= {"TASK", "ORDER", "ACCOUNT", "MEMBERSHIP", "API_KEY", "ARTICLE"}


async def test_rejected_and_empty_mutations_are_no_changes(sample_data: SampleData, follower: Follower) -> None:
    member, task = sample_data.tenant.client(Role.MEMBER), sample_data.ids("Task")[0]
    assert (await member(documents.create("Task"), input={"title": ""})).user_errors("createTask")
    assert (await member(documents.delete("Task"), id="task_" + "0" * 32)).user_errors("deleteTask")
    (await member(documents.update("Task"), id=task, input={})).payload("updateTask")
    id = await edit_task(member, sample_data)
    assert (await follower.follow_until(7))[0]["objectId"] == id


async def test_baselines_and_removed_contents_are_no_changes(sample_data: SampleData, follower: Follower) -> None:
    task = sample_data.rows["task"][0].id
    database = sample_data.tenant.app_fixture.database
    async with database.write_engine.begin() as connection:
        assert await purge_object(connection, sample_data.tenant.id, task, database.log_order)
    await edit_task(sample_data.tenant.client(Role.MEMBER), sample_data)
    assert "PURGED" not in {change["action"] for change in await follower.follow_until(7)}


async def test_purge_of_a_document_is_a_change(sample_data: SampleData, follower: Follower) -> None:
    owner, id = sample_data.tenant.client(Role.OWNER), sample_data.ids("Document")[0]
    for mutation in ("delete", "restore", "purge"):
        document = f"mutation ($id: ID!) {{ {mutation}Document(id: $id) {{ userErrors {{ code }} }} }}"
        (await owner(document, id=id)).payload(f"{mutation}Document")
    changes = await follower.follow_until(3)
    assert summarize(changes) == [("DOCUMENT", id, action) for action in ("DELETED", "RESTORED", "PURGED")]


# Cursors


MALFORMED_CURSORS = ["", "x", "WyJjaGFuZ2VzIl0", "bnVsbA", "e30", "WyJjaGFuZ2VzIiwxLDIsMyw0LCJ4Il0", "\0", "ä", "W10"]


async def test_malformed_cursor(subtests: pytest.Subtests, follower: Follower) -> None:
    for cursor in MALFORMED_CURSORS:
        with subtests.test(cursor=cursor):
            assert (await follower.request(after=cursor)).error_codes == ["BAD_USER_INPUT"]


IMPOSSIBLE_POSITIONS: list[Any] = [(1, 2), (1, 2, 3, 4), (1, 2, -1), (1, 2, 2**63), (1.5, 2, 3), (True, 2, 3)]


async def test_cursor_with_impossible_position(subtests: pytest.Subtests, follower: Follower) -> None:
    for position in IMPOSSIBLE_POSITIONS:
        with subtests.test(position=position):
            assert (await follower.request(after=Cursor(0, position, utc_now()).encode())).error_codes == [
                "BAD_USER_INPUT"
            ]


async def test_cursor_of_another_connection_is_malformed(follower: Follower) -> None:
    page = await follower.client("{ tasks { pageInfo { endCursor } } }")
    cursor = page.data["tasks"]["pageInfo"]["endCursor"]
    assert (await follower.request(after=cursor)).error_codes == ["BAD_USER_INPUT"]


async def test_old_cursor_has_expired(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    later = utc_now() + datetime.timedelta(days=31, seconds=-5)
    monkeypatch.setattr(change_feed, "utc_now", lambda: later)
    cursor = follower.cursor
    assert await follower.follow_all() == []
    later += datetime.timedelta(seconds=10)
    response = await follower.request(after=cursor)
    assert response.error_codes == ["CURSOR_EXPIRED"]
    assert "30 days" in response.body["errors"][0]["message"]
    assert await follower.follow_all() == []  # a follower that has polled since is not affected


async def test_changes_before_the_retention_are_not_returned(
    follower: Follower, sample_data: SampleData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feed, "utc_now", lambda: utc_now() + datetime.timedelta(days=32))
    assert await Follower(sample_data.tenant.client(Role.ADMIN)).follow_all() == []


async def test_cursor_of_another_database_has_expired(follower: Follower) -> None:
    assert follower.cursor is not None
    cursor = decode_cursor(follower.cursor)
    epoch, transaction, position = cursor.position
    unknown = replace(cursor, position=(epoch + 1, transaction, position))
    response = await follower.request(after=unknown.encode())
    assert response.error_codes == ["CURSOR_EXPIRED"]


@pytest.mark.parametrize("first", [-1, 0, 101])
async def test_page_size_is_limited(follower: Follower, first: int) -> None:
    assert (await follower.request(first=first)).error_codes == ["BAD_USER_INPUT"]


async def test_empty_list_of_types_is_rejected(follower: Follower) -> None:
    assert (await follower.request(types=[])).error_codes == ["BAD_USER_INPUT"]


async def test_cursor_of_another_tenant_is_rejected(follower: Follower, sample_data: SampleData) -> None:
    response = await Follower(sample_data.tenant.app_fixture.other_tenant.client(Role.OWNER)).request(
        after=follower.cursor
    )
    assert response.error_codes == ["BAD_USER_INPUT"]


async def test_empty_page_returns_the_same_position(follower: Follower) -> None:
    cursor = follower.cursor
    assert await follower.next_page() == []
    assert follower.cursor is not None
    assert cursor is not None
    assert decode_cursor(follower.cursor).position == decode_cursor(cursor).position


async def test_rare_type_is_found_in_several_scans(
    follower: Follower, sample_data: SampleData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is built from a bounded number of entries, so pages before the one with the change are empty."""
    monkeypatch.setattr(change_feed, "MAX_SCANNED", 3)
    start = follower.cursor
    member = sample_data.tenant.client(Role.MEMBER)
    for _ in range(2):
        await edit_task(member, sample_data)
    created = await member(documents.create("Team"), input={"name": "Rare"})
    await follower.follow_until(15)
    rare = Follower(follower.client, start, types=["TEAM"])
    empty_pages = 0
    while not await rare.next_page():
        assert rare.has_next
        empty_pages += 1
    assert empty_pages == 4
    assert [change["objectId"] for change in rare.received] == [created.payload("createTeam")["team"]["id"]]
    assert await rare.next_page() == []


async def test_scan_that_ends_with_a_baseline_does_not_expire(
    follower: Follower, sample_data: SampleData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feed, "MAX_SCANNED", 2)
    tenant = sample_data.tenant
    await prune_tenant(tenant.app_fixture.database, tenant.id, utc_now() + datetime.timedelta(seconds=1))
    id = await edit_task(tenant.client(Role.MEMBER), sample_data)
    later = utc_now() + datetime.timedelta(days=20)
    monkeypatch.setattr(change_feed, "utc_now", lambda: later)
    async with asyncio.timeout(30):
        while len(follower.received) < 7:
            await follower.next_page()
    assert follower.received[0]["objectId"] == id
