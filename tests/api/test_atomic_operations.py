"""@atomic: all root fields of a mutation operation are performed in one transaction, all or nothing."""

import asyncio

import pytest

from database.engine import Database
from models import AuditEntry, Project, Team, Worker
from models.membership import Role
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client, GraphQLResponse
from tests.support.idempotency import count_stored_results, is_replay, with_key
from tests.support.sample_data import fetch_table

CREATE_TEAMS = """
mutation ($a: String!, $b: String!) @atomic {
  a: createTeam(input: {name: $a}) { team { id name } userErrors { code } }
  b: createTeam(input: {name: $b}) { team { id name } userErrors { code } }
}
"""
CREATE_THREE = """
mutation ($name: String!) @atomic {
  first: createTeam(input: {name: "First"}) { team { id } userErrors { code } }
  second: createTeam(input: {name: $name}) { team { id } userErrors { code field } }
  third: createTeam(input: {name: "Third"}) { team { id } userErrors { code } }
}
"""


async def team_names(app_fixture: AppFixture) -> list[str]:
    return sorted(row["name"] for row in await fetch_table(app_fixture.tenant, Team))


def errors_by_path(response: GraphQLResponse) -> dict[str, tuple[str, str]]:
    """Return code and message of each top-level error, by its path; fail if one has no location."""
    assert all(error["locations"] for error in response.body["errors"])
    return {
        "/".join(map(str, error["path"])): (error["extensions"]["code"], error["message"])
        for error in response.body["errors"]
    }


def rolled_back(field: str) -> tuple[str, str]:
    return "ABORTED", f"Nothing was written, because `{field}` failed."


async def test_all_root_fields_are_committed(member_client: Client, app_fixture: AppFixture) -> None:
    response = await member_client(CREATE_TEAMS, a="A", b="B")
    assert [response.payload(name)["team"]["name"] for name in "ab"] == ["A", "B"]
    assert await team_names(app_fixture) == ["A", "B"]
    entries = await fetch_table(app_fixture.tenant, AuditEntry)
    assert sorted(entry["after"]["name"] for entry in entries if entry["noun"] == "Team") == ["A", "B"]


@pytest.mark.any_server
async def test_user_error_in_the_middle_rolls_back_the_others(member_client: Client, app_fixture: AppFixture) -> None:
    response = await member_client(CREATE_THREE, name="")
    assert response.body["data"] == {
        "first": None,
        "second": {"team": None, "userErrors": [{"code": "TOO_SHORT", "field": ["input", "name"]}]},
        "third": None,
    }
    assert errors_by_path(response) == {"first": rolled_back("second"), "third": rolled_back("second")}
    assert await team_names(app_fixture) == []


async def test_violated_constraint_in_the_middle_rolls_back_the_others(
    member_client: Client, app_fixture: AppFixture
) -> None:
    response = await member_client(CREATE_THREE, name="First")
    assert response.body["data"]["second"]["userErrors"] == [{"code": "TAKEN", "field": ["input", "name"]}]
    assert errors_by_path(response) == {"first": rolled_back("second"), "third": rolled_back("second")}
    assert await team_names(app_fixture) == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ('closeTenant(id: "tenant_00000000000000000000000000000000") { userErrors { code } }', "FORBIDDEN"),
        ("bulkDeleteWorkers(where: {}, maximum: 1) { userErrors { code } }", "BAD_USER_INPUT"),
        ("deleteTeam(id: $id) { userErrors { code } }", "BAD_USER_INPUT"),
    ],
)
async def test_top_level_error_in_the_middle_rolls_back_the_others(
    member_client: Client, app_fixture: AppFixture, field: str, code: str
) -> None:
    team = 'createTeam(input: {name: "%s"}) { team { id } userErrors { code } }'
    document = f'mutation ($id: ID = "x") @atomic {{ a: {team % "A"} middle: {field} c: {team % "C"} }}'
    if "$id" not in document.split("@atomic")[1]:
        document = document.replace('($id: ID = "x") ', "")
    response = await member_client(document, **({"id": None} if "$id" in document else {}))
    assert response.body["data"] == {"a": None, "middle": None, "c": None}
    errors = errors_by_path(response)
    assert (errors["a"], errors["middle"][0], errors["c"]) == (rolled_back("middle"), code, rolled_back("middle"))
    assert list(errors) == ["a", "middle", "c"]
    assert await team_names(app_fixture) == []


@pytest.mark.any_server
async def test_payloads_show_what_is_not_committed_yet(app_fixture: AppFixture) -> None:
    admin_client = app_fixture.tenant.client(Role.ADMIN)
    worker = await app_fixture.tenant.create(Worker, name="Digger")
    team = await app_fixture.tenant.create(Team, name="Old")
    document = """
    mutation ($worker: ID!, $team: ID!) @atomic {
      rename: updateTeam(id: $team, input: {name: "New"}) {
        team { name version workers { totalCount nodes { name } } history(first: 5) { nodes { action } } }
        userErrors { code }
      }
      move: transferWorker(workerId: $worker, toTeamId: $team) {
        worker { name team { name version workers { totalCount nodes { name } } } }
        userErrors { code }
      }
    }
    """
    response = await admin_client(document, worker=global_id(worker), team=global_id(team))
    renamed = response.payload("rename")["team"]
    assert (renamed["name"], renamed["version"], renamed["workers"]) == ("New", 2, {"totalCount": 0, "nodes": []})
    assert [entry["action"] for entry in renamed["history"]["nodes"]] == ["UPDATED", "CREATED"]
    expected = {"name": "New", "version": 2, "workers": {"totalCount": 1, "nodes": [{"name": "Digger"}]}}
    assert response.payload("move")["worker"] == {"name": "Digger", "team": expected}


async def test_root_field_sees_what_earlier_ones_have_written(member_client: Client, app_fixture: AppFixture) -> None:
    team = await app_fixture.tenant.create(Team, name="Old")
    document = """
    mutation ($team: ID!) @atomic {
      a: updateTeam(id: $team, input: {name: "A"}, expectedVersion: 1) { team { version } userErrors { code } }
      b: updateTeam(id: $team, input: {name: "B"}, expectedVersion: 2) { team { version } userErrors { code } }
      c: deleteTeam(id: $team, expectedVersion: 3) { deletedId userErrors { code } }
    }
    """
    response = await member_client(document, team=global_id(team))
    assert response.payload("b")["team"]["version"] == 3
    assert response.payload("c")["deletedId"] == global_id(team)
    assert await team_names(app_fixture) == []


async def test_bulk_mutation_with_rejected_rows_rolls_back_all_unless_it_skips_them(
    member_client: Client, app_fixture: AppFixture
) -> None:
    document = """
    mutation ($policy: BulkErrorPolicy!) @atomic {
      a: createTeam(input: {name: "A"}) { team { id } userErrors { code } }
      many: bulkCreateWorkers(inputs: [{name: "W"}, {name: ""}], errorPolicy: $policy) {
        succeeded failed userErrors { code }
      }
    }
    """
    response = await member_client(document, policy="REJECT_ALL")
    assert response.body["data"]["many"]["userErrors"] == [{"code": "TOO_SHORT"}]
    assert errors_by_path(response) == {"a": rolled_back("many")}
    assert await team_names(app_fixture) == []
    response = await member_client(document, policy="SKIP_FAILED")
    assert response.data["many"] == {"succeeded": 1, "failed": 1, "userErrors": []}
    assert await team_names(app_fixture) == ["A"]


async def test_replay_answers_every_field(member_client: Client, app_fixture: AppFixture, database: Database) -> None:
    first, second = [await with_key(member_client)(CREATE_TEAMS, a="A", b="B") for _ in range(2)]
    assert first.data == second.data
    assert (is_replay(first), is_replay(second)) == (False, True)
    assert await team_names(app_fixture) == ["A", "B"]
    assert await count_stored_results(database) == 1


async def test_rolled_back_operation_leaves_the_key_unused(
    member_client: Client, app_fixture: AppFixture, database: Database
) -> None:
    client = with_key(member_client)
    assert (await client(CREATE_THREE, name="")).error_codes == ["ABORTED", "ABORTED"]
    assert await count_stored_results(database) == 0
    response = await client(CREATE_THREE, name="Second")
    assert (response.payload("third")["team"] is not None, is_replay(response)) == (True, False)
    assert await team_names(app_fixture) == ["First", "Second", "Third"]


@pytest.mark.parametrize("directives", [("@atomic", ""), ("", "@atomic"), ("", "@dryRun"), ("@atomic", "@dryRun")])
async def test_directives_are_part_of_the_fingerprint(
    member_client: Client, app_fixture: AppFixture, directives: tuple[str, str]
) -> None:
    client, (first, second) = with_key(member_client), directives
    assert (await client(CREATE_TEAMS.replace("@atomic", first), a="A", b="B")).payload("b")
    response = await client(CREATE_TEAMS.replace("@atomic", second), a="A", b="B")
    assert set(response.error_codes) == {"BAD_USER_INPUT"} or response.error_codes == ["BAD_USER_INPUT", "ABORTED"]
    assert "already used" in response.body["errors"][0]["message"]
    assert await team_names(app_fixture) == ["A", "B"]


async def test_operations_on_the_same_rows_in_opposite_order_all_succeed(
    member_client: Client, app_fixture: AppFixture
) -> None:
    ids = [global_id(await app_fixture.tenant.create(Project, name=name)) for name in "AB"]
    document = """
    mutation ($a: ID!, $b: ID!, $text: String!) @atomic {
      a: updateProject(id: $a, input: {description: $text}) { project { description } userErrors { code } }
      b: updateProject(id: $b, input: {description: $text}) { project { description } userErrors { code } }
    }
    """
    orders = [ids, ids[::-1]] * 2
    await member_client.lease_cost_points()
    responses = await asyncio.gather(
        *(member_client(document, a=a, b=b, text=f"{number}") for number, (a, b) in enumerate(orders))
    )
    for number, response in enumerate(responses):
        assert response.payload("a")["project"]["description"] == f"{number}"
        assert response.payload("b")["project"]["description"] == f"{number}"
    projects = await fetch_table(app_fixture.tenant, Project)
    assert len({project["description"] for project in projects}) == 1
    assert [project["version"] for project in projects] == [5, 5]
