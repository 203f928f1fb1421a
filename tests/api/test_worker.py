"""Worker mutations and team transfers over GraphQL."""

from typing import Any

from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData

CREATE_WORKER = documents.create("Worker")
UPDATE_WORKER = documents.update("Worker")
DELETE_WORKER = documents.delete("Worker")
WORKER_BY_ID = documents.by_id("Worker")
EMPTY_CONNECTION = {"totalCount": 0, "nodes": []}
INVALID_EMAILS = (
    "",
    "   ",
    "ada",
    "ada@",
    "@here.test",
    "ada@here",
    "ada@@here.test",
    "ada@here..test",
    "a da@here.test",
    "ada@here.test, bob@here.test",
    "Ada <ada@here.test>",
    "ada@here.test\nBcc: bob@here.test",
    "ada@-here.test",
    ".ada@here.test",
    "ada@[127.0.0.1]",
    f"ada@{'a' * 64}.test",
)


async def test_member_creates_worker(member_client: Client, sample_data: SampleData) -> None:
    values = {"name": " Ada ", "email": " Ada.Lovelace+dig@Example.TEST ", "teamId": global_id(sample_data.teams[1])}
    worker = (await member_client(CREATE_WORKER, input=values)).payload("createWorker")["worker"]
    assert worker["id"].startswith("worker_")
    assert worker == worker | {
        "name": "Ada",
        "email": "ada.lovelace+dig@example.test",
        "version": 1,
        "team": {"id": global_id(sample_data.teams[1]), "name": "Team 1"},
        "tasks": EMPTY_CONNECTION,
        "assignedTasks": EMPTY_CONNECTION,
    }
    assert (await member_client(WORKER_BY_ID, id=worker["id"])).data["worker"] == worker


async def test_name_is_only_required_field(member_client: Client) -> None:
    for _ in range(2):  # null emails need not be unique
        worker = (await member_client(CREATE_WORKER, input={"name": "Ada"})).payload("createWorker")["worker"]
        assert (worker["email"], worker["team"]) == (None, None)


async def test_update_changes_only_given_fields(member_client: Client, sample_data: SampleData) -> None:
    id = global_id(sample_data.workers[0])
    before = (await member_client(WORKER_BY_ID, id=id)).data["worker"]
    after = (await member_client(UPDATE_WORKER, id=id, input={"email": "ada@here.test"})).payload("updateWorker")[
        "worker"
    ]
    assert after == before | {"email": "ada@here.test", "version": 2, "updatedAt": after["updatedAt"]}
    moved = (await member_client(UPDATE_WORKER, id=id, input={"teamId": global_id(sample_data.teams[2])})).payload(
        "updateWorker"
    )["worker"]
    assert (moved["team"]["name"], moved["email"], moved["version"]) == ("Team 2", "ada@here.test", 3)


async def test_null_clears_email_and_team_but_is_rejected_for_name(
    member_client: Client, sample_data: SampleData
) -> None:
    id = global_id(sample_data.workers[0])
    await member_client(UPDATE_WORKER, id=id, input={"email": "ada@here.test"})
    cleared = await member_client(UPDATE_WORKER, id=id, input={"email": None, "teamId": None})
    worker = cleared.payload("updateWorker")["worker"]
    assert (worker["email"], worker["team"], worker["name"]) == (None, None, "Worker 0")
    response = await member_client(UPDATE_WORKER, id=id, input={"name": None})
    assert response.user_errors("updateWorker") == [("REQUIRED", ["input", "name"])]


async def test_invalid_email_is_rejected(member_client: Client) -> None:
    for email in INVALID_EMAILS:
        response = await member_client(CREATE_WORKER, input={"name": "Ada", "email": email})
        assert (email, response.data["createWorker"]["worker"]) == (email, None)
        assert (email, response.user_errors("createWorker")) == (email, [("INVALID", ["input", "email"])])


async def test_international_emails_are_accepted(member_client: Client) -> None:
    for email in ("ada@bücher.test", "用户@例子.test", "o'hara@here.test", f"ada@{'a' * 63}.{'b' * 63}.test"):
        response = await member_client(CREATE_WORKER, input={"name": "Ada", "email": email})
        assert response.payload("createWorker")["worker"]["email"] == email


async def test_delete_worker_clears_assignee_of_their_tasks(member_client: Client, sample_data: SampleData) -> None:
    deleted_id, other, _ = sample_data.ids("Worker")
    payload = (await member_client(DELETE_WORKER, id=deleted_id)).payload("deleteWorker")
    assert payload == {"deletedId": deleted_id, "worker": None, "userErrors": []}
    assert (await member_client(WORKER_BY_ID, id=deleted_id)).data["worker"] is None
    tasks = (await member_client(documents.connection("Task"))).data["tasks"]["nodes"]
    assert [(task["assignee"], task["version"]) for task in tasks] == [(None, 2)] * 3
    assert [[worker["id"] for worker in task["workers"]["nodes"]] for task in tasks] == [[other]] * 3
    team = (await member_client(documents.by_id("Team"), id=global_id(sample_data.teams[0]))).data["team"]
    assert (team["workers"]["totalCount"], team["version"]) == (2, 1)


async def test_worker_moves_to_another_team(member_client: Client, sample_data: SampleData) -> None:
    worker, (old, new, _) = global_id(sample_data.workers[0]), sample_data.ids("Team")
    moved = await member_client(documents.TRANSFER_WORKER, workerId=worker, toTeamId=new)
    assert moved.payload("transferWorker")["worker"]["team"] == {"id": new, "name": "Team 1"}
    assert moved.payload("transferWorker")["worker"]["version"] == 2
    worker_counts = {team["id"]: team["workers"]["totalCount"] for team in await _teams(member_client)}
    assert (worker_counts[old], worker_counts[new]) == (2, 1)


async def _teams(member_client: Client) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await member_client(documents.connection("Team"))).data["teams"]["nodes"]
    return nodes


async def test_worker_without_team_moves_into_team(
    member_client: Client, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    worker = await app_fixture.tenant.create_worker("Ada")
    moved = await member_client(
        documents.TRANSFER_WORKER, workerId=global_id(worker), toTeamId=global_id(sample_data.teams[0])
    )
    assert moved.payload("transferWorker")["worker"]["team"]["id"] == global_id(sample_data.teams[0])


async def test_move_to_same_team_changes_nothing(member_client: Client, sample_data: SampleData) -> None:
    before = (await member_client(WORKER_BY_ID, id=global_id(sample_data.workers[0]))).data["worker"]
    moved = await member_client(
        documents.TRANSFER_WORKER, workerId=global_id(sample_data.workers[0]), toTeamId=global_id(sample_data.teams[0])
    )
    assert moved.payload("transferWorker")["worker"] == before


async def test_move_requires_worker_and_team_of_tenant(
    member_client: Client, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    worker, team = global_id(sample_data.workers[0]), global_id(sample_data.teams[1])
    for unknown in (global_id(await app_fixture.other_tenant.create_worker()), team, "worker_x"):
        response = await member_client(documents.TRANSFER_WORKER, workerId=unknown, toTeamId=team)
        assert response.user_errors("transferWorker") == [("NOT_FOUND", ["workerId"])]
    for unknown in (global_id(await app_fixture.other_tenant.create_team()), worker, "team_x"):
        response = await member_client(documents.TRANSFER_WORKER, workerId=worker, toTeamId=unknown)
        assert response.user_errors("transferWorker") == [("NOT_FOUND", ["toTeamId"])]
    assert (await member_client(WORKER_BY_ID, id=worker)).data["worker"]["team"]["id"] == global_id(
        sample_data.teams[0]
    )
