"""Idempotency-Key: a mutation that is sent twice with one key is executed once, and its result is replayed."""

import asyncio
import datetime
from typing import Any

import pytest
from sqlalchemy import update

from database.engine import Database
from models import Membership, Team
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from server.config.settings import Settings
from services.core import idempotency
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.idempotency import count_stored_results, is_replay, with_key
from tests.support.sample_data import fetch_table
from tests.support.settings import build_settings

CREATE = documents.create("Team")


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with twenty connections for concurrent requests."""
    return build_settings(database_url, db_pool_size=20)


async def team_names(app_fixture: AppFixture) -> list[str]:
    return sorted(row["name"] for row in await fetch_table(app_fixture.tenant, Team))


# Request fingerprints and scope of keys


async def test_whitespace_and_order_of_variables_do_not_change_fingerprint(
    member_client: Client, app_fixture: AppFixture
) -> None:
    client = with_key(member_client)
    document = "mutation ($a: ID!, $b: UpdateTeamInput!) { updateTeam(id: $a, input: $b) { team { name version } } }"
    team = await app_fixture.tenant.create(Team)
    id = f"team_{team.id.hex}"
    first = await client(document, a=id, b={"name": "New"})
    second = await client(document.replace(" ", "  ") + " # again", b={"name": "New"}, a=id)
    assert (first.body, is_replay(second)) == (second.body, True)
    assert first.data["updateTeam"]["team"]["version"] == 2


async def test_key_reuse_with_another_operation_or_variables_is_rejected(
    member_client: Client, app_fixture: AppFixture
) -> None:
    client = with_key(member_client)
    assert (await client(CREATE, input={"name": "Diggers"})).payload("createTeam")
    bodies = [
        {"query": CREATE, "variables": {"input": {"name": "Others"}}},
        {"query": CREATE.replace("version", ""), "variables": {"input": {"name": "Diggers"}}},
        {"query": CREATE.replace("mutation", "mutation Named"), "variables": {"input": {"name": "Diggers"}}},
        {"query": documents.create("Project"), "variables": {"input": {"name": "Diggers"}}},
    ]
    for body in bodies:
        response = await client.post(body)
        assert (response.error_codes, is_replay(response)) == (["BAD_USER_INPUT"], False), body
    assert await team_names(app_fixture) == ["Diggers"]


@pytest.mark.any_server
async def test_two_root_fields_with_one_key_are_executed_separately(
    member_client: Client, app_fixture: AppFixture
) -> None:
    document = """
    mutation ($name: String!) {
      a: createWorker(input: {name: $name}) { worker { id } userErrors { code } }
      b: createWorker(input: {name: $name}) { worker { id } userErrors { code } }
      c: createTeam(input: {name: $name}) { team { id } userErrors { code } }
      d: createTeam(input: {name: $name}) { team { id } userErrors { code } }
    }
    """
    first, second = [await with_key(member_client)(document, name="Digger") for _ in range(2)]
    assert first.data == second.data
    assert first.data["a"]["worker"]["id"] != first.data["b"]["worker"]["id"]
    assert first.data["d"]["userErrors"] == [{"code": "TAKEN"}]
    assert is_replay(second)
    assert not is_replay(first)


async def test_keys_are_scoped_to_principal_and_tenant(app_fixture: AppFixture) -> None:
    owner, member_client = (with_key(app_fixture.tenant.client(role)) for role in (Role.OWNER, Role.MEMBER))
    other_client = with_key(app_fixture.other_tenant.client(Role.MEMBER))
    for client in (owner, other_client):
        response = await client(CREATE, input={"name": "Diggers"})
        assert (response.payload("createTeam")["team"]["name"], is_replay(response)) == ("Diggers", False)
    assert (await member_client(CREATE, input={"name": "Diggers"})).user_errors("createTeam") == [
        ("TAKEN", ["input", "name"])
    ]


async def test_key_of_anonymous_request_is_ignored(app_fixture: AppFixture, database: Database) -> None:
    response = await with_key(app_fixture.client())(CREATE, input={"name": "Diggers"})
    assert (response.error_codes, await count_stored_results(database)) == (["UNAUTHENTICATED"], 0)


async def test_replay_requires_current_permission(app_fixture: AppFixture) -> None:
    client = with_key(app_fixture.tenant.client(Role.ADMIN))
    variables = {"input": {"name": "Till", "currency": "EUR"}}
    assert (await client(documents.OPEN_ACCOUNT, **variables)).payload("openAccount")
    user = app_fixture.tenant.users[Role.ADMIN].id
    table = table_of(Membership)
    async with app_fixture.database.write_engine.begin() as connection:
        await connection.execute(update(table).where(table.c.user_id == user).values(role=Role.MEMBER))
    response = await client(documents.OPEN_ACCOUNT, **variables)
    assert (response.error_codes, is_replay(response)) == (["FORBIDDEN"], False)


async def test_key_is_ignored_for_queries(member_client: Client, database: Database) -> None:
    response = await with_key(member_client)("{ teams { totalCount } }")
    assert (response.data, is_replay(response), await count_stored_results(database)) == (
        {"teams": {"totalCount": 0}},
        False,
        0,
    )


# Stored results and their expiry


async def test_user_error_is_not_stored(member_client: Client, app_fixture: AppFixture, database: Database) -> None:
    client = with_key(member_client)
    assert (await client(CREATE, input={"name": " "})).user_errors("createTeam") == [("TOO_SHORT", ["input", "name"])]
    assert await count_stored_results(database) == 0
    assert (await client(CREATE, input={"name": "Diggers"})).payload("createTeam")
    assert await team_names(app_fixture) == ["Diggers"]


async def test_replay_of_deleted_object_returns_null(member_client: Client, app_fixture: AppFixture) -> None:
    first = await with_key(member_client)(CREATE, input={"name": "Diggers"})
    id = first.payload("createTeam")["team"]["id"]
    assert (await member_client(documents.delete("Team"), id=id)).payload("deleteTeam")
    second = await with_key(member_client)(CREATE, input={"name": "Diggers"})
    assert (second.payload("createTeam")["team"], is_replay(second)) == (None, True)
    assert await team_names(app_fixture) == []


@pytest.mark.any_server
async def test_replay_returns_current_state_of_object(member_client: Client) -> None:
    first = await with_key(member_client)(CREATE, input={"name": "Diggers"})
    id = first.payload("createTeam")["team"]["id"]
    assert (await member_client(documents.update("Team"), id=id, input={"name": "Others"})).payload("updateTeam")
    second = await with_key(member_client)(CREATE, input={"name": "Diggers"})
    assert second.payload("createTeam")["team"]["name"] == "Others"


async def test_key_expires_after_one_day(
    member_client: Client, app_fixture: AppFixture, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = documents.create("Worker")
    assert (await with_key(member_client)(document, input={"name": "Digger"})).payload("createWorker")
    for hours, is_replayed in ((23, True), (25, False)):
        later = utc_now() + datetime.timedelta(hours=hours)
        monkeypatch.setattr(idempotency, "utc_now", lambda later=later: later)
        response = await with_key(member_client)(document, input={"name": "Digger"})
        assert is_replay(response) == is_replayed
    response = await with_key(member_client)(document, input={"name": "Other"})
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert await count_stored_results(database) == 1


async def test_expired_keys_are_deleted(
    member_client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        assert (await with_key(member_client, f"old-{number}")(CREATE, input={"name": f"{number}"})).payload(
            "createTeam"
        )
    later = utc_now() + datetime.timedelta(hours=25)
    monkeypatch.setattr(idempotency, "utc_now", lambda: later)
    monkeypatch.setattr(idempotency, "CLEANUP_PROBABILITY", 2)
    assert (await with_key(member_client, "new")(CREATE, input={"name": "New"})).payload("createTeam")
    assert await count_stored_results(database) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\t", "ключ".encode()])
async def test_malformed_key_is_rejected(key: Any, member_client: Client, app_fixture: AppFixture) -> None:
    response = await with_key(member_client, key)(CREATE, input={"name": "Diggers"})
    assert (response.error_codes, await team_names(app_fixture)) == (["BAD_USER_INPUT"], [])


@pytest.mark.parametrize("key", ["x", "x" * 255, "!~\"'{}"])
async def test_key_accepts_any_visible_ascii(key: str, member_client: Client) -> None:
    assert (await with_key(member_client, key)(CREATE, input={"name": "Diggers"})).payload("createTeam")


# Concurrency


async def test_fifty_concurrent_requests_with_one_key_execute_once(app_fixture: AppFixture) -> None:
    source, target = await app_fixture.tenant.open_account("From", "1000"), await app_fixture.tenant.open_account("To")
    variables = {"fromId": f"account_{source.id.hex}", "toId": f"account_{target.id.hex}", "amount": "7.00"}
    client = with_key(app_fixture.tenant.client(Role.ADMIN))
    async with asyncio.timeout(60):
        responses = await asyncio.gather(*(client(documents.TRANSFER_FUNDS, **variables) for _ in range(50)))
    bodies = [response.body for response in responses]
    assert bodies == [bodies[0]] * 50
    assert sum(is_replay(response) for response in responses) == 49
    assert bodies[0]["data"]["transferFunds"]["transfer"]["toAccount"]["balance"] == "7.00"
