"""Several mutations in one operation: done in turn, each by itself, each seen as it is at its turn."""

from typing import Any

import pytest

from models import Task, Team
from services import team
from tests.support import documents
from tests.support.client import Client
from tests.support.scene import Scene, stored
from tests.support.world import PASSWORD, World, gid

SHOWN = documents.SHOWN["Team"]
RENAMES = f"""
mutation ($id: ID!) {{
  first: updateTeam(id: $id, input: {{name: "First"}}) {{ team {{ {SHOWN} }} }}
  second: updateTeam(id: $id, input: {{name: "Second"}}) {{ team {{ {SHOWN} }} }}
  again: updateTeam(id: $id, input: {{}}) {{ team {{ {SHOWN} }} }}
}}
"""
TRANSFERS = """
mutation ($worker: ID!, $old: ID!, $new: ID!) {
  there: transferWorker(workerId: $worker, toTeamId: $new) { worker { team { id workers { totalCount } } } }
  rename: updateTeam(id: $new, input: {name: "Renamed"}) { team { name workers { nodes { id team { name } } } } }
  back: transferWorker(workerId: $worker, toTeamId: $old) { worker { team { id workers { totalCount } } } }
  gone: deleteWorker(id: $worker) { deletedId }
  left: updateTeam(id: $old, input: {}) { team { workers { totalCount nodes { id } } } }
}
"""
CREATE_TWO = """
mutation ($one: String!, $two: String!) {
  one: createTeam(input: {name: $one}) { team { name } userErrors { code } }
  two: createTeam(input: {name: $two}) { team { name } userErrors { code } }
}
"""


async def test_every_payload_shows_what_was_there_at_its_turn(member: Client, scene: Scene) -> None:
    data = (await member(RENAMES, id=gid(scene.teams[0]))).data
    shown = [(data[name]["team"]["name"], data[name]["team"]["version"]) for name in ("first", "second", "again")]
    assert shown == [("First", 2), ("Second", 3), ("Second", 3)]


async def test_what_the_first_payload_read_the_others_read_anew(member: Client, scene: Scene) -> None:
    worker, (old, new, _) = gid(scene.workers[0]), scene.ids("Team")
    data = (await member(TRANSFERS, worker=worker, old=old, new=new)).data
    assert data["there"]["worker"]["team"] == {"id": new, "workers": {"totalCount": 1}}
    assert data["rename"]["team"]["workers"]["nodes"] == [{"id": worker, "team": {"name": "Renamed"}}]
    assert data["back"]["worker"]["team"] == {"id": old, "workers": {"totalCount": 3}}
    assert data["gone"] == {"deletedId": worker}
    assert data["left"]["team"]["workers"]["totalCount"] == 2


async def test_a_user_error_in_one_leaves_the_others_alone(member: Client, world: World) -> None:
    for names, codes in (
        (("Same", "Same"), ([], ["TAKEN"])),
        (("", "Other"), (["TOO_SHORT"], [])),
    ):
        data = (await member(CREATE_TWO, one=names[0], two=names[1])).data
        assert tuple([error["code"] for error in data[name]["userErrors"]] for name in ("one", "two")) == codes
    assert {row["name"] for row in await stored(world.here, Team)} == {"Same", "Other"}


async def test_a_failure_of_ours_in_one_leaves_the_others_committed(
    member: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = team.create_team

    async def create_some(work: Any, values: Any) -> Any:
        made = await create(work, values)
        if values["name"] == "Bad":
            raise RuntimeError("written, and then this")
        return made

    monkeypatch.setattr(team, "create_team", create_some)
    for one, two, good in (("Good 1", "Bad", "one"), ("Bad", "Good 2", "two")):
        answer = await member(CREATE_TWO, one=one, two=two)
        assert answer.codes == ["INTERNAL"]
        assert answer.body["data"][good]["team"]["name"].startswith("Good")
    assert {row["name"] for row in await stored(world.here, Team)} == {"Good 1", "Good 2"}


async def test_a_failure_while_the_payload_is_read_takes_nothing_back(member: Client, world: World) -> None:
    mutation = 'mutation { createTeam(input: {name: "Diggers"}) { team { name workers(first: 1000) { totalCount } } } }'
    answer = await member(mutation)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["data"] == {"createTeam": {"team": None}}
    assert [row["name"] for row in await stored(world.here, Team)] == ["Diggers"]


async def test_whoever_signs_in_goes_on_as_themselves(world: World) -> None:
    mutation = f"""
    mutation ($input: LoginInput!, $task: CreateTaskInput!) {{
      before: createTask(input: $task) {{ task {{ id }} }}
      login(input: $input) {{ user {{ email memberships {{ totalCount }} }} {documents.ERRORS} }}
      after: createTask(input: $task) {{ task {{ title }} {documents.ERRORS} }}
    }}
    """
    credentials = {"email": "member@here.test", "password": PASSWORD}
    answer = await world.client(tenant="here")(mutation, input=credentials, task={"title": "Dig"})
    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer.body["data"]["before"] is None
    assert answer.body["data"]["login"]["user"] == {"email": "member@here.test", "memberships": {"totalCount": 1}}
    assert answer.body["data"]["after"]["task"] == {"title": "Dig"}
    wrong = credentials | {"password": "wrong"}
    refused = await world.client(tenant="here")(mutation, input=wrong, task={"title": "Dig"})
    assert refused.codes == ["UNAUTHENTICATED"] * 2
    assert len(await stored(world.here, Task)) == 1


async def test_a_query_that_follows_sees_what_was_written(member: Client, world: World) -> None:
    for number in range(5):
        await member(documents.create("Team"), input={"name": f"Team {number}"})
        assert (await member("{ teams { totalCount } }")).data == {"teams": {"totalCount": number + 1}}
