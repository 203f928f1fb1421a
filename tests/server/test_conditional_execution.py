"""Queries by GET that are not executed, because nothing has changed that they depend on."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from models import Team, Tenant, Worker
from models.membership import Role
from models.relations import table_of
from queries import newest_changes
from server.graphql import code_version
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.client import Client
from tests.support.conditional_client import ConditionalClient, owner_of, wait_until_final
from tests.support.memberships import demote_admin, make_superuser, membership_id

TASKS = "{ tasks { totalCount nodes { title assignee { name } } } }"
MEMBERS = "{ tenant { name members { nodes { role user { fullName } } } } }"
TEAMS = "{ teams { nodes { name } } }"
CREATE_API_KEY = 'mutation { createApiKey(input: {name: "K", role: ADMIN}) { secret } }'


async def test_current_response_costs_two_statements(
    conditional_client: ConditionalClient, tenant: TenantFixture, statement_counter: StatementCounter
) -> None:
    team = await tenant.create(Team)
    await tenant.create(Worker, team_id=team.id)
    await wait_until_final(tenant)
    query = "{ teams { nodes { name workers { nodes { name assignedTasks { totalCount } } } } } }"
    first = await conditional_client.get(query)
    with statement_counter:
        again = await conditional_client.get(query, first.headers["ETag"])
    statement_counter.assert_budget(2)
    assert statement_counter.count == 2  # the identity and the newest changes
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert again.headers["Vary"] == first.headers["Vary"]
    assert "RateLimit" in again.headers
    assert "RateLimit-Policy" in again.headers


async def test_current_response_costs_one_point(conditional_client: ConditionalClient, tenant: TenantFixture) -> None:
    await tenant.create(Team)
    await wait_until_final(tenant)
    tag = await conditional_client.get_tag(TEAMS)
    remaining = [_remaining(await conditional_client.get(TEAMS, tag)) for _ in range(2)]
    assert 0 <= remaining[0] - remaining[1] <= 1


def _remaining(response: Any) -> int:
    return min(int(item.split("r=")[1].split(";")[0]) for item in response.headers["RateLimit"].split(","))


async def test_tags_belong_to_their_caller(conditional_client: ConditionalClient, app_fixture: AppFixture) -> None:
    tenant, query = app_fixture.tenant, "{ orders { totalCount } }"
    secret = (await tenant.client(Role.OWNER)(CREATE_API_KEY)).data["createApiKey"]["secret"]
    await wait_until_final(tenant)
    key = ConditionalClient(Client(app_fixture.http, Authorization=f"Bearer {secret}"))
    clients = [conditional_client, owner_of(tenant), owner_of(app_fixture.other_tenant), key]
    tags = [await each.get_tag(query) for each in clients]
    assert len(set(tags)) == len(tags)
    for each, own in zip(clients, tags, strict=True):
        assert [await each.has_current(query, tag) for tag in tags] == [tag == own for tag in tags]


async def test_role_is_part_of_the_tag(conditional_client: ConditionalClient, tenant: TenantFixture) -> None:
    admin, query = ConditionalClient(tenant.client(Role.ADMIN)), "{ products { totalCount } }"
    tag = await admin.get_tag(query)
    await demote_admin(tenant)
    await wait_until_final(tenant)
    response = await admin.get(query, tag)
    assert response.status_code == 200


async def test_removed_member_gets_no_304(conditional_client: ConditionalClient, tenant: TenantFixture) -> None:
    admin = ConditionalClient(tenant.client(Role.ADMIN))
    tag = await admin.get_tag(TASKS)
    assert await admin.has_current(TASKS, tag)
    id = await membership_id(tenant, tenant.users[Role.ADMIN])
    await tenant.client(Role.OWNER)("mutation ($id: ID!) { removeMember(id: $id) { deletedId } }", id=id)
    response = await admin.get(TASKS, tag)
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["FORBIDDEN"]
    assert "ETag" not in response.headers


UNDECLARED = [
    "{ viewer { sessions { nodes { lastUsedAt } } } }",
    "{ viewer { memberships { totalCount } } }",
    "{ viewer { status { lastLogin } } }",
    "{ apiKeys { nodes { lastUsedAt } } }",
    "{ changes { nodes { type } } }",
    '{ tenant(by: {slug: "here"}) { name } }',
]


async def test_other_queries_have_the_tag_of_their_body(
    tenant: TenantFixture, statement_counter: StatementCounter
) -> None:
    owner = ConditionalClient(await tenant.client(Role.OWNER).lease_cost_points())
    for query in UNDECLARED:
        with statement_counter:
            tag = await owner.get_tag(query)
            is_current = await owner.has_current(query, tag)
        assert not any("is_final" in statement for statement in statement_counter.statements)
        assert is_current or "changes" in query  # its cursors contain the time


async def test_members_of_large_tenants_have_no_version(
    conditional_client: ConditionalClient, monkeypatch: pytest.MonkeyPatch, statement_counter: StatementCounter
) -> None:
    newest_changes.select_newest_changes.clear()
    monkeypatch.setattr(newest_changes, "MAX_USERS", 2)
    tag = await conditional_client.get_tag(MEMBERS)
    with statement_counter:
        assert await conditional_client.has_current(MEMBERS, tag)
    assert statement_counter.count > 2
    newest_changes.select_newest_changes.clear()


async def test_callers_without_tenant_have_the_tag_of_the_body(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    lonely = Client(app_fixture.http, Authorization=app_fixture.client(user, "").headers["Authorization"])
    superuser = app_fixture.client(user, app_fixture.other_tenant.slug)
    await make_superuser(app_fixture, user)
    for each in (Client(app_fixture.http), superuser, lonely):
        client = ConditionalClient(each)
        with statement_counter:
            tag = await client.get_tag("{ __typename }")
            assert await client.has_current("{ __typename }", tag)
        if each is not lonely:
            assert not any("is_final" in statement for statement in statement_counter.statements)


async def test_star_does_not_hide_errors(tenant: TenantFixture, conditional_client: ConditionalClient) -> None:
    forbidden = "{ auditLog { nodes { action } } }"
    response = await conditional_client.get(forbidden, "*")
    assert (response.status_code, "ETag" in response.headers) == (200, False)
    assert (await conditional_client.get(TEAMS, "*")).status_code == 304


async def test_cost_is_not_stored(
    conditional_client: ConditionalClient, tenant: TenantFixture, statement_counter: StatementCounter
) -> None:
    with_cost = ConditionalClient(tenant.client(Role.MEMBER).with_headers(**{"X-GraphQL-Cost": "include"}))
    with statement_counter:
        response = await with_cost.get(TEAMS, await conditional_client.get_tag(TEAMS))
    assert response.status_code == 200
    assert response.json()["extensions"]["cost"]["actual"] == 2
    assert sum("is_final" in statement for statement in statement_counter.statements) == 1  # of the tag


async def test_media_type_and_code_are_part_of_the_tag(
    conditional_client: ConditionalClient, tenant: TenantFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = await conditional_client.get_tag(TEAMS)
    accepting = tenant.client(Role.MEMBER).with_headers(Accept="application/graphql-response+json")
    assert not await ConditionalClient(accepting).has_current(TEAMS, tag)
    assert await conditional_client.has_current(TEAMS, tag)
    monkeypatch.setattr("server.graphql.conditional_execution.code_version", lambda: b"another deploy")
    assert not await conditional_client.has_current(TEAMS, tag)
    assert code_version.code_version() != b"another deploy"


async def test_use_of_an_api_key_is_recorded_although_nothing_is_executed(
    app_fixture: AppFixture, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    secret = (await owner(CREATE_API_KEY)).data["createApiKey"]["secret"]
    await wait_until_final(app_fixture.tenant)
    key = ConditionalClient(Client(app_fixture.http, Authorization=f"Bearer {secret}"))
    recorded: list[Any] = []
    monkeypatch.setattr(app.state.services.last_use, "record", lambda *used: recorded.append(used))
    tag = await key.get_tag(TEAMS)
    before = len(recorded)
    assert await key.has_current(TEAMS, tag)
    assert len(recorded) == before + 1


async def test_failed_statement_is_no_answer(
    conditional_client: ConditionalClient, monkeypatch: pytest.MonkeyPatch, app_fixture: AppFixture
) -> None:
    tag = await conditional_client.get_tag(TEAMS)
    table = table_of(Tenant)
    failing = update(table).values(version=table.c.version).where(table.c.id.op("no_operator")(1))
    monkeypatch.setattr("services.core.data_version.select_newest_changes", lambda _query: failing)
    response = await conditional_client.get(TEAMS, tag)
    assert (response.status_code, response.json()["data"]["teams"]) == (200, {"nodes": []})
