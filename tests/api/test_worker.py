"""Workers over GraphQL, and how they change teams."""

from typing import Any

from tests.support import documents
from tests.support.client import Client
from tests.support.scene import Scene
from tests.support.world import World, gid

CREATE = documents.create("Worker")
UPDATE = documents.update("Worker")
DELETE = documents.delete("Worker")
ONE = documents.one("Worker")
NOTHING = {"totalCount": 0, "nodes": []}
NO_ADDRESSES = (
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


async def test_a_member_creates_a_worker(member: Client, scene: Scene) -> None:
    values = {"name": " Ada ", "email": " Ada.Lovelace+dig@Example.TEST ", "teamId": gid(scene.teams[1])}
    worker = (await member(CREATE, input=values)).payload("createWorker")["worker"]
    assert worker["id"].startswith("worker_")
    assert worker == worker | {
        "name": "Ada",
        "email": "ada.lovelace+dig@example.test",
        "version": 1,
        "team": {"id": gid(scene.teams[1]), "name": "Team 1"},
        "tasks": NOTHING,
        "assignedTasks": NOTHING,
    }
    assert (await member(ONE, id=worker["id"])).data["worker"] == worker


async def test_a_worker_needs_no_more_than_a_name(member: Client) -> None:
    for _ in range(2):  # no address is nobody's in particular
        worker = (await member(CREATE, input={"name": "Ada"})).payload("createWorker")["worker"]
        assert (worker["email"], worker["team"]) == (None, None)


async def test_an_update_changes_what_is_written_and_nothing_else(member: Client, scene: Scene) -> None:
    id = gid(scene.workers[0])
    before = (await member(ONE, id=id)).data["worker"]
    after = (await member(UPDATE, id=id, input={"email": "ada@here.test"})).payload("updateWorker")["worker"]
    assert after == before | {"email": "ada@here.test", "version": 2, "updatedAt": after["updatedAt"]}
    moved = (await member(UPDATE, id=id, input={"teamId": gid(scene.teams[2])})).payload("updateWorker")["worker"]
    assert (moved["team"]["name"], moved["email"], moved["version"]) == ("Team 2", "ada@here.test", 3)


async def test_null_clears_address_and_team_and_is_refused_as_a_name(member: Client, scene: Scene) -> None:
    id = gid(scene.workers[0])
    await member(UPDATE, id=id, input={"email": "ada@here.test"})
    cleared = await member(UPDATE, id=id, input={"email": None, "teamId": None})
    worker = cleared.payload("updateWorker")["worker"]
    assert (worker["email"], worker["team"], worker["name"]) == (None, None, "Worker 0")
    answer = await member(UPDATE, id=id, input={"name": None})
    assert answer.refusals("updateWorker") == [("REQUIRED", ["input", "name"])]


async def test_what_is_no_address_is_refused(member: Client) -> None:
    for email in NO_ADDRESSES:
        answer = await member(CREATE, input={"name": "Ada", "email": email})
        assert (email, answer.data["createWorker"]["worker"]) == (email, None)
        assert (email, answer.refusals("createWorker")) == (email, [("INVALID", ["input", "email"])])


async def test_addresses_of_the_world_are_taken(member: Client) -> None:
    for email in ("ada@bücher.test", "用户@例子.test", "o'hara@here.test", f"ada@{'a' * 63}.{'b' * 63}.test"):
        answer = await member(CREATE, input={"name": "Ada", "email": email})
        assert answer.payload("createWorker")["worker"]["email"] == email


async def test_a_deleted_worker_leaves_their_tasks_behind(member: Client, scene: Scene) -> None:
    gone, other, _ = scene.ids("Worker")
    payload = (await member(DELETE, id=gone)).payload("deleteWorker")
    assert payload == {"deletedId": gone, "worker": None, "userErrors": []}
    assert (await member(ONE, id=gone)).data["worker"] is None
    tasks = (await member(documents.many("Task"))).data["tasks"]["nodes"]
    assert [(task["assignee"], task["version"]) for task in tasks] == [(None, 2)] * 3
    assert [[worker["id"] for worker in task["workers"]["nodes"]] for task in tasks] == [[other]] * 3
    team = (await member(documents.one("Team"), id=gid(scene.teams[0]))).data["team"]
    assert (team["workers"]["totalCount"], team["version"]) == (2, 1)


async def test_a_worker_moves_from_one_team_to_another(member: Client, scene: Scene) -> None:
    worker, (old, new, _) = gid(scene.workers[0]), scene.ids("Team")
    moved = await member(documents.TRANSFER, workerId=worker, toTeamId=new)
    assert moved.payload("transferWorker")["worker"]["team"] == {"id": new, "name": "Team 1"}
    assert moved.payload("transferWorker")["worker"]["version"] == 2
    sizes = {team["id"]: team["workers"]["totalCount"] for team in await _teams(member)}
    assert (sizes[old], sizes[new]) == (2, 1)


async def _teams(member: Client) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await member(documents.many("Team"))).data["teams"]["nodes"]
    return nodes


async def test_a_worker_without_a_team_moves_into_one(member: Client, world: World, scene: Scene) -> None:
    worker = await world.here.worker("Ada")
    moved = await member(documents.TRANSFER, workerId=gid(worker), toTeamId=gid(scene.teams[0]))
    assert moved.payload("transferWorker")["worker"]["team"]["id"] == gid(scene.teams[0])


async def test_a_move_to_the_same_team_changes_nothing(member: Client, scene: Scene) -> None:
    before = (await member(ONE, id=gid(scene.workers[0]))).data["worker"]
    moved = await member(documents.TRANSFER, workerId=gid(scene.workers[0]), toTeamId=gid(scene.teams[0]))
    assert moved.payload("transferWorker")["worker"] == before


async def test_a_move_needs_a_worker_and_a_team_of_the_tenant(member: Client, world: World, scene: Scene) -> None:
    worker, team = gid(scene.workers[0]), gid(scene.teams[1])
    for unknown in (gid(await world.there.worker()), team, "worker_x"):
        answer = await member(documents.TRANSFER, workerId=unknown, toTeamId=team)
        assert answer.refusals("transferWorker") == [("NOT_FOUND", ["workerId"])]
    for unknown in (gid(await world.there.team()), worker, "team_x"):
        answer = await member(documents.TRANSFER, workerId=worker, toTeamId=unknown)
        assert answer.refusals("transferWorker") == [("NOT_FOUND", ["toTeamId"])]
    assert (await member(ONE, id=worker)).data["worker"]["team"]["id"] == gid(scene.teams[0])
