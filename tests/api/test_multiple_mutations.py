"""Several mutations in one operation: executed serially, each in its own transaction, each payload read at its turn."""

from typing import Any

import pytest

from models import Task, Team
from services.core import records
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client
from tests.support.sample_data import SampleData, fetch_table

TEAM_FIELDS = documents.FIELDS["Team"]
RENAMES = f"""
mutation ($id: ID!) {{
  first: updateTeam(id: $id, input: {{name: "First"}}) {{ team {{ {TEAM_FIELDS} }} }}
  second: updateTeam(id: $id, input: {{name: "Second"}}) {{ team {{ {TEAM_FIELDS} }} }}
  again: updateTeam(id: $id, input: {{}}) {{ team {{ {TEAM_FIELDS} }} }}
}}
"""
TRANSFERS = """
mutation ($worker: ID!, $old: ID!, $new: ID!) {
  moved: transferWorker(workerId: $worker, toTeamId: $new) { worker { team { id workers { totalCount } } } }
  rename: updateTeam(id: $new, input: {name: "Renamed"}) { team { name workers { nodes { id team { name } } } } }
  movedBack: transferWorker(workerId: $worker, toTeamId: $old) { worker { team { id workers { totalCount } } } }
  deleted: deleteWorker(id: $worker) { deletedId }
  remaining: updateTeam(id: $old, input: {}) { team { workers { totalCount nodes { id } } } }
}
"""
CREATE_TWO = """
mutation ($one: String!, $two: String!) {
  one: createTeam(input: {name: $one}) { team { name } userErrors { code } }
  two: createTeam(input: {name: $two}) { team { name } userErrors { code } }
}
"""


async def test_each_payload_shows_state_after_its_own_mutation(member_client: Client, sample_data: SampleData) -> None:
    data = (await member_client(RENAMES, id=sample_data.ids("Team")[0])).data
    team_states = [(data[name]["team"]["name"], data[name]["team"]["version"]) for name in ("first", "second", "again")]
    assert team_states == [("First", 2), ("Second", 3), ("Second", 3)]


async def test_loaders_are_cleared_between_mutations(member_client: Client, sample_data: SampleData) -> None:
    worker, (old, new, _) = sample_data.ids("Worker")[0], sample_data.ids("Team")
    data = (await member_client(TRANSFERS, worker=worker, old=old, new=new)).data
    assert data["moved"]["worker"]["team"] == {"id": new, "workers": {"totalCount": 1}}
    assert data["rename"]["team"]["workers"]["nodes"] == [{"id": worker, "team": {"name": "Renamed"}}]
    assert data["movedBack"]["worker"]["team"] == {"id": old, "workers": {"totalCount": 3}}
    assert data["deleted"] == {"deletedId": worker}
    assert data["remaining"]["team"]["workers"]["totalCount"] == 2


async def test_user_error_in_one_mutation_does_not_affect_others(
    member_client: Client, app_fixture: AppFixture
) -> None:
    for names, codes in (
        (("Same", "Same"), ([], ["TAKEN"])),
        (("", "Other"), (["TOO_SHORT"], [])),
    ):
        data = (await member_client(CREATE_TWO, one=names[0], two=names[1])).data
        assert tuple([error["code"] for error in data[name]["userErrors"]] for name in ("one", "two")) == codes
    assert {row["name"] for row in await fetch_table(app_fixture.tenant, Team)} == {"Same", "Other"}


async def test_internal_error_in_one_mutation_keeps_others_committed(
    member_client: Client, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = records.create

    async def create_or_fail(work: Any, model: Any, values: Any) -> Any:
        created = await create(work, model, values)
        if values["name"] == "Bad":
            raise RuntimeError("after the write")
        return created

    monkeypatch.setattr(records, "create", create_or_fail)
    for one, two, succeeded in (("Good 1", "Bad", "one"), ("Bad", "Good 2", "two")):
        response = await member_client(CREATE_TWO, one=one, two=two)
        assert response.error_codes == ["INTERNAL"]
        assert response.body["data"][succeeded]["team"]["name"].startswith("Good")
    assert {row["name"] for row in await fetch_table(app_fixture.tenant, Team)} == {"Good 1", "Good 2"}


async def test_error_while_resolving_payload_does_not_roll_back(member_client: Client, app_fixture: AppFixture) -> None:
    mutation = 'mutation { createTeam(input: {name: "Diggers"}) { team { name workers(first: 1000) { totalCount } } } }'
    response = await member_client(mutation)
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert response.body["data"] == {"createTeam": {"team": None}}
    assert [row["name"] for row in await fetch_table(app_fixture.tenant, Team)] == ["Diggers"]


async def test_login_switches_user_for_following_mutations(app_fixture: AppFixture) -> None:
    mutation = f"""
    mutation ($input: LoginInput!, $task: CreateTaskInput!) {{
      before: createTask(input: $task) {{ task {{ id }} }}
      login(input: $input) {{ user {{ email memberships {{ totalCount }} }} {documents.USER_ERRORS} }}
      after: createTask(input: $task) {{ task {{ title }} {documents.USER_ERRORS} }}
    }}
    """
    credentials = {"email": "member@here.test", "password": PASSWORD}
    response = await app_fixture.client(tenant="here")(mutation, input=credentials, task={"title": "Dig"})
    assert response.error_codes == ["UNAUTHENTICATED"]
    assert response.body["data"]["before"] is None
    assert response.body["data"]["login"]["user"] == {"email": "member@here.test", "memberships": {"totalCount": 1}}
    assert response.body["data"]["after"]["task"] == {"title": "Dig"}
    wrong = credentials | {"password": "wrong"}
    rejected = await app_fixture.client(tenant="here")(mutation, input=wrong, task={"title": "Dig"})
    assert rejected.error_codes == ["UNAUTHENTICATED"] * 2
    assert len(await fetch_table(app_fixture.tenant, Task)) == 1


async def test_query_after_mutation_reads_written_rows(member_client: Client, app_fixture: AppFixture) -> None:
    for number in range(5):
        await member_client(documents.create("Team"), input={"name": f"Team {number}"})
        assert (await member_client("{ teams { totalCount } }")).data == {"teams": {"totalCount": number + 1}}
