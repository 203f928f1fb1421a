"""Team mutations over GraphQL."""

from tests.support import documents
from tests.support.app_fixture import global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData

CREATE_TEAM = documents.create("Team")
UPDATE_TEAM = documents.update("Team")
DELETE_TEAM = documents.delete("Team")
TEAM_BY_ID = documents.by_id("Team")


async def test_member_creates_team(member_client: Client) -> None:
    team = (await member_client(CREATE_TEAM, input={"name": " Diggers "})).payload("createTeam")["team"]
    assert team["id"].startswith("team_")
    assert team == team | {"name": "Diggers", "version": 1, "workers": {"totalCount": 0, "nodes": []}}
    assert (await member_client(TEAM_BY_ID, id=team["id"])).data["team"] == team


async def test_team_is_renamed(member_client: Client, sample_data: SampleData) -> None:
    id = global_id(sample_data.teams[0])
    before = (await member_client(TEAM_BY_ID, id=id)).data["team"]
    after = (await member_client(UPDATE_TEAM, id=id, input={"name": "Diggers"})).payload("updateTeam")["team"]
    assert after == before | {"name": "Diggers", "version": 2, "updatedAt": after["updatedAt"]}
    assert (await member_client(TEAM_BY_ID, id=id)).data["team"] == after


async def test_omitted_name_is_unchanged_and_null_is_rejected(member_client: Client, sample_data: SampleData) -> None:
    id = global_id(sample_data.teams[0])
    assert (await member_client(UPDATE_TEAM, id=id, input={})).payload("updateTeam")["team"]["name"] == "Team 0"
    assert (await member_client(UPDATE_TEAM, id=id, input={"name": None})).user_errors("updateTeam") == [
        ("REQUIRED", ["input", "name"])
    ]


async def test_delete_team_clears_team_of_its_workers(member_client: Client, sample_data: SampleData) -> None:
    deleted_id = global_id(sample_data.teams[0])
    payload = (await member_client(DELETE_TEAM, id=deleted_id)).payload("deleteTeam")
    assert payload == {"deletedId": deleted_id, "team": None, "userErrors": []}
    assert (await member_client(TEAM_BY_ID, id=deleted_id)).data["team"] is None
    workers = (await member_client(documents.connection("Worker"))).data["workers"]["nodes"]
    assert [(worker["team"], worker["version"]) for worker in workers] == [(None, 2)] * 3
