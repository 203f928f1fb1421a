"""Dangerous fields, which a session that was confirmed long ago, or a stolen access token, may not use."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLInputObjectType, GraphQLObjectType, get_named_type
from sqlalchemy import update

from models import Session, User
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from schema.requirements import REQUIREMENT
from services.core.access import Access
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.graphql_schema import graphql_schema
from tests.support.memberships import make_superuser
from tests.support.operation_catalog import OPERATIONS, send_operation
from tests.support.sample_data import SampleData
from tests.support.second_factor_rows import RECOVERY, SECRET, code_of, enrolled_rows
from tests.support.second_factors import CONFIRM_IDENTITY, DISABLE

NAME = "confirmIdentity"
STEP_UP = {"code": "FORBIDDEN", "stepUp": True}
PROOFS = {"code", "currentPassword"}
MUTATIONS = graphql_schema().mutation_type
assert MUTATIONS is not None
NEEDING_CONFIRMATION = [
    name for name, field in MUTATIONS.fields.items() if field.extensions[REQUIREMENT].needs_confirmation
]


async def age_proofs(app_fixture: AppFixture, minutes: int | None = 11) -> None:
    """Let all sessions have been confirmed so long ago; None: never."""
    at = None if minutes is None else utc_now() - timedelta(minutes=minutes)
    await app_fixture.execute_sql(update(table_of(Session)).values(confirmed_at=at))


async def create_key(client: Client) -> GraphQLResponse:
    return await client(documents.CREATE_API_KEY, input={"name": "New"})


def extensions(response: GraphQLResponse) -> dict[str, Any]:
    (error,) = response.body["errors"]
    return {name: value for name, value in error["extensions"].items() if name in STEP_UP}


def _dangerous(fields: dict[str, GraphQLField]) -> Iterator[str]:
    """Yield the mutations of superusers, those that return a secret to the sender, and those that close or
    delete a tenant, unless their input contains a proof itself."""
    for name, field in fields.items():
        level, payload = field.extensions[REQUIREMENT].level, get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        is_dangerous = level is Access.SUPERUSER or "secret" in payload.fields or name == "closeTenant"
        if is_dangerous and not PROOFS & _input_fields(field):
            yield name


def _input_fields(field: GraphQLField) -> set[str]:
    types = (get_named_type(argument.type) for argument in field.args.values())
    return {name for each in types if isinstance(each, GraphQLInputObjectType) for name in each.fields}


def test_dangerous_mutations_declare_that_they_need_a_confirmation() -> None:
    assert MUTATIONS is not None
    missing = set(_dangerous(MUTATIONS.fields)) - set(NEEDING_CONFIRMATION)
    assert missing == set(), "declare `confirmed=True`, or take the password or a code"
    assert {"closeTenant", "createApiKey", "deleteUser", "createWebhook", "unlinkIssuer"} <= set(NEEDING_CONFIRMATION)
    for name in NEEDING_CONFIRMATION:
        assert "`confirmIdentity`" in (MUTATIONS.fields[name].description or "")
        assert MUTATIONS.fields[name].extensions[REQUIREMENT].level.requires_user, "API keys cannot confirm anything"


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("name", NEEDING_CONFIRMATION)
async def test_old_session_cannot_use_dangerous_fields(
    name: str, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    operation = OPERATIONS[name]
    user = app_fixture.tenant.users[operation.role]
    if operation.superuser_only:
        await make_superuser(app_fixture, user)
    client = app_fixture.tenant.client(operation.role)
    await age_proofs(app_fixture)
    refused = await send_operation(client, name, sample_data)
    assert (extensions(refused), refused.body["data"]) == (STEP_UP, {name: None})
    assert "confirmIdentity" in refused.body["errors"][0]["message"]
    with_key = client.with_headers(**{"Idempotency-Key": "key"})
    assert extensions(await send_operation(with_key, name, sample_data)) == STEP_UP
    await age_proofs(app_fixture, 9)
    assert (await send_operation(client, name, sample_data)).payload(name)


async def test_confirmation_renews_the_proof_of_one_session(app_fixture: AppFixture) -> None:
    owner, client = app_fixture.tenant.users[Role.OWNER], app_fixture.tenant.client(Role.OWNER)
    other = await app_fixture.client()(documents.LOGIN, input={"email": owner.email, "password": PASSWORD})
    second = app_fixture.client(tenant="here").with_token(other.payload("login")["accessToken"])
    for minutes in (None, 11):
        await age_proofs(app_fixture, minutes)
        assert extensions(await create_key(client)) == STEP_UP
    assert (await client(CONFIRM_IDENTITY, input={"currentPassword": PASSWORD})).payload(NAME)["done"] is True
    assert (await create_key(client)).payload("createApiKey")
    assert extensions(await create_key(second)) == STEP_UP


async def test_stolen_access_token_is_not_enough(app_fixture: AppFixture) -> None:
    client, field = app_fixture.tenant.client(Role.OWNER), ["input", "currentPassword"]
    await age_proofs(app_fixture)
    for values, code in (({}, "REQUIRED"), ({"currentPassword": "Wrong-horse-1!"}, "BAD_CREDENTIALS")):
        assert (await client(CONFIRM_IDENTITY, input=values)).user_errors(NAME) == [(code, field)]
    assert (await client(CONFIRM_IDENTITY, input={"code": "123456"})).user_errors(NAME) == [("REQUIRED", field)]
    assert extensions(await create_key(client)) == STEP_UP
    limited = [(await client(CONFIRM_IDENTITY, input={"currentPassword": "Wrong"})).error_codes for _ in range(11)]
    assert limited[-1] == ["RATE_LIMITED"]


async def test_refreshing_is_no_proof(app_fixture: AppFixture) -> None:
    owner = app_fixture.tenant.users[Role.OWNER]
    login = await app_fixture.client()(documents.LOGIN, input={"email": owner.email, "password": PASSWORD})
    await age_proofs(app_fixture)
    token = {"refreshToken": login.payload("login")["refreshToken"]}
    refreshed = (await app_fixture.client()(documents.REFRESH_SESSION, input=token)).payload("refreshSession")
    client = app_fixture.client(tenant="here").with_token(refreshed["accessToken"])
    assert extensions(await create_key(client)) == STEP_UP


async def test_user_with_second_factor_must_enter_a_code(app_fixture: AppFixture) -> None:
    owner, client = app_fixture.tenant.users[Role.OWNER], app_fixture.tenant.client(Role.OWNER)
    await app_fixture.tenant.run_use_case(lambda work: work.add(*enrolled_rows(owner)))
    await age_proofs(app_fixture)
    required = [("SECOND_FACTOR_REQUIRED", ["input", "code"])]
    assert (await client(CONFIRM_IDENTITY, input={"currentPassword": PASSWORD})).user_errors(NAME) == required
    code = code_of(SECRET)
    assert (await client(CONFIRM_IDENTITY, input={"code": code})).payload(NAME)
    assert (await create_key(client)).payload("createApiKey")
    for document, name in ((CONFIRM_IDENTITY, NAME), (DISABLE, "disableTwoFactor")):
        replayed = await client(document, input={"code": code})
        assert replayed.user_errors(name) == [("BAD_CODE", ["input", "code"])]
    assert (await client(CONFIRM_IDENTITY, input={"code": RECOVERY})).payload(NAME)


async def test_user_without_any_secret_must_sign_in_again(app_fixture: AppFixture) -> None:
    client, user = app_fixture.tenant.client(Role.OWNER), table_of(User)
    owner_id = app_fixture.tenant.users[Role.OWNER].id
    await app_fixture.execute_sql(update(user).where(user.c.id == owner_id).values(password_hash=None))
    for values in ({}, {"currentPassword": PASSWORD}, {"code": "123456"}):
        response = await client(CONFIRM_IDENTITY, input=values)
        assert response.user_errors(NAME) == [("REQUIRED", ["input", "currentPassword"])]
    assert "sign in again" in response.data[NAME]["userErrors"][0]["message"]


async def test_nothing_is_confirmed_without_a_session(app_fixture: AppFixture) -> None:
    assert (await app_fixture.client()(CONFIRM_IDENTITY, input={"currentPassword": PASSWORD})).error_codes == [
        "UNAUTHENTICATED"
    ]


async def test_forbidden_is_decided_before_the_confirmation(app_fixture: AppFixture) -> None:
    """Members without the role get no hint that a password would help."""
    await age_proofs(app_fixture)
    response = await create_key(app_fixture.tenant.client(Role.ADMIN))
    assert extensions(response) == {"code": "FORBIDDEN"}
    id = public_id("tenant", app_fixture.tenant.id)
    assert extensions(await app_fixture.tenant.client(Role.ADMIN)(documents.CLOSE_TENANT, id=id)) == {
        "code": "FORBIDDEN"
    }
