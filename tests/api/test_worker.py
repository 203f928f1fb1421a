"""Emails of workers, and transfers to another team, over GraphQL. Tests of all nouns cover the rest."""

from typing import Any

import pytest

from models import Team, Worker
from tests.api.concurrent_calls import count_outcomes, send_concurrently
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData

CREATE_WORKER = documents.create("Worker")
WORKER_BY_ID = documents.by_id("Worker")
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


async def test_name_is_only_required_field(member_client: Client) -> None:
    for _ in range(2):  # null emails need not be unique
        worker = (await member_client(CREATE_WORKER, input={"name": "Ada"})).payload("createWorker")["worker"]
        assert (worker["email"], worker["team"]) == (None, None)


async def test_invalid_email_is_rejected(member_client: Client) -> None:
    for email in INVALID_EMAILS:
        response = await member_client(CREATE_WORKER, input={"name": "Ada", "email": email})
        assert (email, response.data["createWorker"]["worker"]) == (email, None)
        assert (email, response.user_errors("createWorker")) == (email, [("INVALID", ["input", "email"])])


async def test_email_is_stored_in_lower_case(member_client: Client) -> None:
    response = await member_client(CREATE_WORKER, input={"name": "Ada", "email": " Ada.Lovelace+dig@Example.TEST "})
    assert response.payload("createWorker")["worker"]["email"] == "ada.lovelace+dig@example.test"


async def test_international_emails_are_accepted(member_client: Client) -> None:
    for email in ("ada@bücher.test", "用户@例子.test", "o'hara@here.test", f"ada@{'a' * 63}.{'b' * 63}.test"):
        response = await member_client(CREATE_WORKER, input={"name": "Ada", "email": email})
        assert response.payload("createWorker")["worker"]["email"] == email


@pytest.mark.any_server
async def test_worker_moves_to_another_team(member_client: Client, sample_data: SampleData) -> None:
    worker, (old, new, _) = sample_data.ids("Worker")[0], sample_data.ids("Team")
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
    worker = await app_fixture.tenant.create(Worker, name="Ada")
    moved = await member_client(
        documents.TRANSFER_WORKER, workerId=global_id(worker), toTeamId=sample_data.ids("Team")[0]
    )
    assert moved.payload("transferWorker")["worker"]["team"]["id"] == sample_data.ids("Team")[0]


async def test_move_to_same_team_changes_nothing(member_client: Client, sample_data: SampleData) -> None:
    before = (await member_client(WORKER_BY_ID, id=sample_data.ids("Worker")[0])).data["worker"]
    moved = await member_client(
        documents.TRANSFER_WORKER, workerId=sample_data.ids("Worker")[0], toTeamId=sample_data.ids("Team")[0]
    )
    assert moved.payload("transferWorker")["worker"] == before


TRANSFER_FROM = """
mutation ($workerId: ID!, $fromTeamId: ID, $toTeamId: ID!) {
  transferWorker(workerId: $workerId, fromTeamId: $fromTeamId, toTeamId: $toTeamId) {
    worker { version team { id } }
    userErrors { code field }
  }
}
"""


async def test_move_from_expected_team(member_client: Client, sample_data: SampleData) -> None:
    worker, (old, new, third) = sample_data.ids("Worker")[0], sample_data.ids("Team")
    moved = await member_client(TRANSFER_FROM, workerId=worker, fromTeamId=old, toTeamId=new)
    assert moved.payload("transferWorker")["worker"] == {"version": 2, "team": {"id": new}}
    unguarded = await member_client(TRANSFER_FROM, workerId=worker, fromTeamId=None, toTeamId=third)
    assert unguarded.payload("transferWorker")["worker"]["team"] == {"id": third}


async def test_overtaken_move_is_a_conflict(
    member_client: Client, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    worker, (old, new, third) = sample_data.ids("Worker")[0], sample_data.ids("Team")
    foreign = global_id(await app_fixture.other_tenant.create(Team))
    response = await member_client(TRANSFER_FROM, workerId=worker, fromTeamId=new, toTeamId=third)
    assert response.user_errors("transferWorker") == [("CONFLICT", ["fromTeamId"])]
    assert response.data["transferWorker"]["worker"] == {"version": 1, "team": {"id": old}}
    for unknown in (foreign, "team_x", worker, "☃"):
        response = await member_client(TRANSFER_FROM, workerId=worker, fromTeamId=unknown, toTeamId=third)
        assert response.user_errors("transferWorker") == [("NOT_FOUND", ["fromTeamId"])]
        assert response.data["transferWorker"]["worker"] is None


async def test_only_one_of_concurrent_moves_from_a_team_succeeds(
    member_client: Client, sample_data: SampleData
) -> None:
    worker, (old, new, third) = sample_data.ids("Worker")[0], sample_data.ids("Team")
    moves = [
        ("transferWorker", TRANSFER_FROM, {"workerId": worker, "fromTeamId": old, "toTeamId": target})
        for target in (new, third)
    ]
    assert count_outcomes(await send_concurrently(member_client, moves)) == {"OK": 1, "CONFLICT": 1}


async def test_move_requires_worker_and_team_of_tenant(
    member_client: Client, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    worker, team = sample_data.ids("Worker")[0], sample_data.ids("Team")[1]
    for unknown in (global_id(await app_fixture.other_tenant.create(Worker)), team, "worker_x"):
        response = await member_client(documents.TRANSFER_WORKER, workerId=unknown, toTeamId=team)
        assert response.user_errors("transferWorker") == [("NOT_FOUND", ["workerId"])]
    for unknown in (global_id(await app_fixture.other_tenant.create(Team)), worker, "team_x"):
        response = await member_client(documents.TRANSFER_WORKER, workerId=worker, toTeamId=unknown)
        assert response.user_errors("transferWorker") == [("NOT_FOUND", ["toTeamId"])]
    assert (await member_client(WORKER_BY_ID, id=worker)).data["worker"]["team"]["id"] == sample_data.ids("Team")[0]
