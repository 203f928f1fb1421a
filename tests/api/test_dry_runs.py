"""@dryRun: a mutation operation is performed and rolled back."""

import pytest

from database.engine import Database
from models import Team
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.idempotency import count_stored_results, is_replay, with_key
from tests.support.sample_data import fetch_table

CREATE_TWO = """
mutation @dryRun {
  a: createTeam(input: {name: "Diggers"}) { team { id name version } userErrors { code } }
  b: createTeam(input: {name: "Diggers"}) { team { id name version } userErrors { code } }
}
"""
CREATE_THREE = """
mutation DIRECTIVES {
  a: createTeam(input: {name: "A"}) { team { name } userErrors { code } }
  b: createTeam(input: {name: ""}) { team { name } userErrors { code } }
  c: createTeam(input: {name: "C"}) { team { name } userErrors { code } }
}
"""


async def team_names(app_fixture: AppFixture) -> list[str]:
    return sorted(row["name"] for row in await fetch_table(app_fixture.tenant, Team))


async def test_each_field_is_rolled_back_before_the_next_one(member_client: Client, app_fixture: AppFixture) -> None:
    response = await member_client(CREATE_TWO)
    assert [response.payload(name)["team"]["name"] for name in "ab"] == ["Diggers", "Diggers"]
    assert await team_names(app_fixture) == []


async def test_fields_of_an_atomic_dry_run_see_earlier_ones(member_client: Client, app_fixture: AppFixture) -> None:
    response = await member_client(CREATE_TWO.replace("@dryRun", "@dryRun @atomic"))
    assert response.body["data"] == {"a": None, "b": {"team": None, "userErrors": [{"code": "TAKEN"}]}}
    assert response.error_codes == ["ABORTED"]
    assert await team_names(app_fixture) == []


async def test_rejected_field_does_not_affect_others_without_atomic(
    member_client: Client, app_fixture: AppFixture
) -> None:
    response = await member_client(CREATE_THREE.replace("DIRECTIVES", "@dryRun"))
    assert response.data == {
        "a": {"team": {"name": "A"}, "userErrors": []},
        "b": {"team": None, "userErrors": [{"code": "TOO_SHORT"}]},
        "c": {"team": {"name": "C"}, "userErrors": []},
    }
    assert await team_names(app_fixture) == []


async def test_payload_shows_what_was_rolled_back(member_client: Client, app_fixture: AppFixture) -> None:
    team = await app_fixture.tenant.create(Team, name="Old")
    document = """
    mutation ($team: ID!) @dryRun {
      createWorker(input: {name: "Digger", teamId: $team}) {
        worker { name team { name workers { totalCount nodes { name } } } }
        userErrors { code }
      }
    }
    """
    response = await member_client(document, team=global_id(team))
    workers = {"totalCount": 1, "nodes": [{"name": "Digger"}]}
    assert response.payload("createWorker")["worker"] == {"name": "Digger", "team": {"name": "Old", "workers": workers}}
    assert (await member_client("{ workers { totalCount } }")).data["workers"] == {"totalCount": 0}


async def test_version_conflict_returns_the_current_object(member_client: Client, app_fixture: AppFixture) -> None:
    team = await app_fixture.tenant.create(Team, name="Old")
    document = documents.update("Team").replace("{", "@dryRun {", 1)
    response = await member_client(document, id=global_id(team), input={"name": "New"}, expectedVersion=7)
    assert response.user_errors("updateTeam") == [("CONFLICT", ["expectedVersion"])]
    assert response.data["updateTeam"]["team"]["name"] == "Old"


async def test_dry_run_leaves_the_key_unused(
    member_client: Client, app_fixture: AppFixture, database: Database
) -> None:
    client = with_key(member_client)
    for _ in range(2):
        response = await client(CREATE_TWO)
        assert (response.payload("b")["team"]["version"], is_replay(response)) == (1, False)
    assert await count_stored_results(database) == 0
    assert (await client(CREATE_TWO.replace("@dryRun", ""))).payload("a")
    assert await team_names(app_fixture) == ["Diggers"]


@pytest.mark.parametrize("directives", ["@dryRun", "@atomic", "@dryRun @atomic"])
async def test_directives_are_refused_on_queries(member_client: Client, directives: str) -> None:
    response = await member_client(f"query {directives} {{ teams {{ totalCount }} }}")
    assert set(response.error_codes) == {"BAD_USER_INPUT"}
    assert "may not be used on query" in response.body["errors"][0]["message"].lower()


@pytest.mark.parametrize("directive", ["@dryRun", "@atomic"])
async def test_operations_without_credentials_are_refused(app_fixture: AppFixture, directive: str) -> None:
    response = await app_fixture.client()(CREATE_TWO.replace("@dryRun", directive))
    expected = ["UNAUTHENTICATED", "UNAUTHENTICATED" if directive == "@dryRun" else "ABORTED"]
    assert response.error_codes == expected


async def test_refused_mutation_in_a_fragment_is_named(member_client: Client, app_fixture: AppFixture) -> None:
    document = """
    mutation @atomic { createTeam(input: {name: "A"}) { team { id } } ...more }
    fragment more on Mutation { ... { key: createTenant(input: {name: "A", slug: "a"}) { tenant { id } } } }
    """
    response = await member_client(document)
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert "data" not in response.body
    assert response.body["errors"][0]["message"].startswith("`createTenant` cannot be used with `@atomic` or `@dryRun`")
    assert await team_names(app_fixture) == []
