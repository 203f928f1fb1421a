"""Who gets traces, and that others cost nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from unittest.mock import AsyncMock

import pytest
from sqlalchemy import update

from database.outage import DatabaseUnavailable
from database.reader import Reader
from models import User
from models.membership import Role
from models.relations import table_of
from services.people.tokens import AccessTokens
from tests.monitoring.trace_helpers import TRACED, has_trace, trace_of, traced
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import app_opener, http_client
from tests.support.settings import PRODUCTION_SECRET_KEY

QUERY = "{ teams { totalCount } }"
CREATE_KEY = """mutation { createApiKey(input: {name: "Key", role: OWNER}) { secret userErrors { code } } }"""
SETTINGS = {"environment": "production", "secret_key": PRODUCTION_SECRET_KEY, "bcrypt_rounds": 10}


@asynccontextmanager
async def in_production(app_fixture: AppFixture, database_url: str) -> AsyncIterator[AppFixture]:
    """The fixture on an application in production."""
    async with app_opener(database_url)(**SETTINGS) as app, http_client(app) as http:
        tokens = AccessTokens(PRODUCTION_SECRET_KEY, 60)
        production = replace(app_fixture, http=http, tokens=tokens, database=app.state.database, tenants={})
        for slug, tenant in app_fixture.tenants.items():
            production.tenants[slug] = replace(tenant, app_fixture=production)
        yield production


async def set_superuser(app_fixture: AppFixture, user: User, *, value: bool) -> None:
    """Make the user a superuser, or an ordinary user."""
    table = table_of(User)
    await app_fixture.execute_sql(update(table).where(table.c.id == user.id).values(is_superuser=value))


async def test_only_superusers_get_traces_in_production(app_fixture: AppFixture, database_url: str) -> None:
    async with in_production(app_fixture, database_url) as production:
        owner = production.tenant.users[Role.OWNER]
        client = traced(production.tenant.client(Role.OWNER))
        for each in (client, traced(production.client()), traced(production.tenant.client())):
            response = await each(QUERY)
            assert response.status == 200
            assert not has_trace(response)
        await set_superuser(production, owner, value=True)
        assert trace_of(await client(QUERY))["statements"]
        assert trace_of(await client('mutation { createTeam(input: {name: "New"}) { team { name } } }'))["statements"]
        assert not has_trace(await traced(production.client())(QUERY))
        key = (await production.tenant.client(Role.OWNER)(CREATE_KEY)).data["createApiKey"]["secret"]
        assert not has_trace(await traced(production.client()).with_token(key)(QUERY))
        await set_superuser(production, owner, value=False)  # the token stays the same
        assert not has_trace(await client(QUERY))


@pytest.mark.only("sqlite")
async def test_ended_session_of_a_superuser_gets_no_trace(app_fixture: AppFixture, database_url: str) -> None:
    async with in_production(app_fixture, database_url) as production:
        await set_superuser(production, production.tenant.users[Role.MEMBER], value=True)
        client = traced(production.tenant.client())
        assert has_trace(await client(QUERY))
        await client("mutation { logoutEverywhere { done } }")
        response = await client(QUERY)
        assert response.error_codes == ["UNAUTHENTICATED"]
        assert not has_trace(response)


@pytest.mark.only("sqlite")
async def test_ignored_header_does_not_prevent_conditional_requests(app_fixture: AppFixture, database_url: str) -> None:
    async with in_production(app_fixture, database_url) as production:
        headers = production.tenant.client().headers | TRACED
        first = await production.http.get("/graphql", params={"query": QUERY}, headers=headers)
        again = {"If-None-Match": first.headers["etag"]}
        second = await production.http.get("/graphql", params={"query": QUERY}, headers=headers | again)
        assert second.status_code == 304


@pytest.mark.only("sqlite")
async def test_only_superusers_get_traces_and_plans_in_the_test_environment(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client(Role.OWNER)
    assert not has_trace(await traced(client)(QUERY))
    assert (await client.http.post("/graphql/plan", json={"query": QUERY}, headers=client.headers)).status_code == 403


@pytest.mark.parametrize("error", [DatabaseUnavailable("refused"), ConnectionResetError("lost")])
@pytest.mark.only("sqlite")
async def test_outage_is_no_denial_of_a_plan(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    client = app_fixture.tenant.client(Role.OWNER)
    monkeypatch.setattr(Reader, "principal", AsyncMock(side_effect=error))
    response = await client.http.post("/graphql/plan", json={"query": QUERY}, headers=client.headers)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    (entry,) = response.json()["errors"]
    assert entry["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 2}
    assert str(error) not in response.text


@pytest.mark.only("sqlite")
async def test_only_superusers_plan_in_production(app_fixture: AppFixture, database_url: str) -> None:
    async with in_production(app_fixture, database_url) as production:
        for client in (production.client(), production.tenant.client(Role.OWNER)):
            response = await production.http.post("/graphql/plan", json={"query": QUERY}, headers=client.headers)
            assert response.status_code == 403
            (error,) = response.json()["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN"
        await set_superuser(production, production.tenant.users[Role.OWNER], value=True)
        headers = production.tenant.client(Role.OWNER).headers
        response = await production.http.post("/graphql/plan", json={"query": QUERY}, headers=headers)
        assert response.json()["steps"][1]["path"] == "teams.totalCount"
