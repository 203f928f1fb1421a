"""Teams over GraphQL."""

from tests.support import documents
from tests.support.client import Client
from tests.support.scene import Scene
from tests.support.world import gid

CREATE = documents.create("Team")
UPDATE = documents.update("Team")
DELETE = documents.delete("Team")
ONE = documents.one("Team")


async def test_a_member_creates_a_team(member: Client) -> None:
    team = (await member(CREATE, input={"name": " Diggers "})).payload("createTeam")["team"]
    assert team["id"].startswith("team_")
    assert team == team | {"name": "Diggers", "version": 1, "workers": {"totalCount": 0, "nodes": []}}
    assert (await member(ONE, id=team["id"])).data["team"] == team


async def test_a_team_is_renamed(member: Client, scene: Scene) -> None:
    id = gid(scene.teams[0])
    before = (await member(ONE, id=id)).data["team"]
    after = (await member(UPDATE, id=id, input={"name": "Diggers"})).payload("updateTeam")["team"]
    assert after == before | {"name": "Diggers", "version": 2, "updatedAt": after["updatedAt"]}
    assert (await member(ONE, id=id)).data["team"] == after


async def test_an_omitted_name_stays_and_null_is_refused(member: Client, scene: Scene) -> None:
    id = gid(scene.teams[0])
    assert (await member(UPDATE, id=id, input={})).payload("updateTeam")["team"]["name"] == "Team 0"
    assert (await member(UPDATE, id=id, input={"name": None})).refusals("updateTeam") == [
        ("REQUIRED", ["input", "name"])
    ]


async def test_a_deleted_team_leaves_its_workers_without_one(member: Client, scene: Scene) -> None:
    gone = gid(scene.teams[0])
    payload = (await member(DELETE, id=gone)).payload("deleteTeam")
    assert payload == {"deletedId": gone, "team": None, "userErrors": []}
    assert (await member(ONE, id=gone)).data["team"] is None
    workers = (await member(documents.many("Worker"))).data["workers"]["nodes"]
    assert [(worker["team"], worker["version"]) for worker in workers] == [(None, 2)] * 3
