"""Tenants that require a second factor of their members."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from database.authentication import Credentials
from models import RecoveryCode, SecondFactor, User
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from services.core.use_case import run_use_case
from services.people import user as people
from tests.harness.statement_counter import StatementCounter
from tests.services.test_access_confirmation import confirm, principals
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.memberships import add_member
from tests.support.second_factor_rows import code_of, enrolled_rows
from tests.support.second_factors import CONFIRM, DISABLE, START

REQUIRED = {"code": "FORBIDDEN", "requiresTwoFactor": True}
TASKS = "{ tasks { totalCount } }"


@pytest.fixture(autouse=True)
async def _verified_emails(app_fixture: AppFixture) -> None:
    """All users have verified their email addresses."""
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))


async def enrol(app_fixture: AppFixture, role: Role) -> None:
    rows = enrolled_rows(app_fixture.tenant.users[role])
    await app_fixture.tenant.run_use_case(lambda work: work.add(*rows))


async def require(app_fixture: AppFixture, requirement: str, role: Role = Role.OWNER) -> GraphQLResponse:
    id = public_id("tenant", app_fixture.tenant.id)
    client = app_fixture.tenant.client(role)
    return await client(documents.UPDATE_TENANT, id=id, input={"requireTwoFactor": requirement})


def denial(response: GraphQLResponse) -> dict[str, Any]:
    (error,) = response.body["errors"]
    return {name: value for name, value in error["extensions"].items() if name in {*REQUIRED, "tenants"}}


async def enable(client: Client) -> None:
    secret = (await client(START, input={"currentPassword": PASSWORD})).payload("startTwoFactor")["secret"]
    assert (await client(CONFIRM, input={"code": code_of(secret)})).payload("confirmTwoFactor")


@pytest.mark.parametrize(("requirement", "denied"), [("NONE", []), ("OWNERS", ["OWNER"]), ("EVERYONE", list(Role))])
async def test_members_without_second_factor_are_denied(
    app_fixture: AppFixture, requirement: str, denied: list[str]
) -> None:
    second = await add_member(app_fixture.tenant, "second@here.test", Role.OWNER)
    await enrol(app_fixture, Role.OWNER)
    changed = (await require(app_fixture, requirement)).payload("updateTenant")["tenant"]
    assert changed["requireTwoFactor"] == requirement
    assert (await app_fixture.tenant.client(Role.OWNER)(TASKS)).data["tasks"]
    clients = {"OWNER": app_fixture.client(second, "here")} | {
        role.value: app_fixture.tenant.client(role) for role in (Role.ADMIN, Role.MEMBER)
    }
    for role, client in clients.items():
        response = await client(TASKS)
        assert denial(response) == REQUIRED if role in denied else response.data["tasks"], role


async def test_denied_member_enrols_and_has_access_at_once(app_fixture: AppFixture) -> None:
    await enrol(app_fixture, Role.OWNER)
    await require(app_fixture, "EVERYONE")
    member, without_header = app_fixture.tenant.client(), app_fixture.client(app_fixture.tenant.users[Role.MEMBER])
    for client in (member, without_header):
        for document in (TASKS, documents.CURRENT_TENANT, 'mutation { leaveTenant(id: "x") { deletedId } }'):
            response = await client(document)
            assert denial(response) == REQUIRED
            assert "startTwoFactor" in response.body["errors"][0]["message"]
    viewer = "{ viewer { email worker { id } tasks { totalCount } orders { totalCount } permissions } }"
    data = (await member(viewer)).data["viewer"]
    assert (data["email"], data["worker"], data["tasks"]["totalCount"]) == ("member@here.test", None, 0)
    assert "startTwoFactor" in data["permissions"]
    assert "tasks" not in data["permissions"]
    await enable(member)
    for client in (member, without_header):
        assert (await client(TASKS)).data["tasks"]
    assert (await member(DISABLE, input={"code": "000000"})).user_errors("disableTwoFactor")
    for model in (RecoveryCode, SecondFactor):
        table = table_of(model)
        await app_fixture.execute_sql(delete(table).where(table.c.user_id == app_fixture.tenant.users[Role.MEMBER].id))
    assert denial(await member(TASKS)) == REQUIRED


async def test_factor_that_is_not_confirmed_does_not_count(app_fixture: AppFixture) -> None:
    await enrol(app_fixture, Role.OWNER)
    await require(app_fixture, "EVERYONE")
    member = app_fixture.tenant.client()
    assert (await member(START, input={"currentPassword": PASSWORD})).payload("startTwoFactor")
    assert denial(await member(TASKS)) == REQUIRED


async def test_only_an_owner_with_second_factor_may_require_one(app_fixture: AppFixture) -> None:
    path = ["input", "requireTwoFactor"]
    for requirement in ("OWNERS", "EVERYONE"):
        assert (await require(app_fixture, requirement)).user_errors("updateTenant") == [("WRONG_STATUS", path)]
    await enrol(app_fixture, Role.ADMIN)
    assert (await require(app_fixture, "OWNERS", Role.ADMIN)).error_codes == ["FORBIDDEN"]
    assert (await require(app_fixture, "NONE")).payload("updateTenant")
    await enrol(app_fixture, Role.OWNER)
    assert (await require(app_fixture, "OWNERS")).payload("updateTenant")
    assert (await require(app_fixture, "NONE")).payload("updateTenant")


async def test_other_tenants_and_api_keys_are_not_concerned(app_fixture: AppFixture) -> None:
    await enrol(app_fixture, Role.OWNER)
    owner = app_fixture.tenant.client(Role.OWNER)
    created = (await owner(documents.CREATE_API_KEY, input={"name": "Import"})).payload("createApiKey")
    dual, other = app_fixture.tenant.users[Role.MEMBER], app_fixture.other_tenant
    await run_use_case(
        app_fixture.database, Credentials(), lambda work: people.add_member(work, other.id, dual.id, Role.MEMBER)
    )
    await require(app_fixture, "EVERYONE")
    assert (await app_fixture.client().with_token(created["secret"])(TASKS)).data["tasks"]
    assert (await app_fixture.client(dual, "there")(TASKS)).data["tasks"]
    assert denial(await app_fixture.client(dual, "here")(TASKS)) == REQUIRED
    assert denial(await app_fixture.client(dual)(TASKS)) == {"code": "FORBIDDEN", "tenants": ["here", "there"]}
    assert denial(await app_fixture.client(other.users[Role.OWNER], "here")(TASKS)) == {"code": "FORBIDDEN"}


async def test_requirement_takes_no_further_statement(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    client = app_fixture.tenant.client(Role.OWNER)
    await enrol(app_fixture, Role.OWNER)
    counts = []
    for requirement in ("NONE", "EVERYONE"):
        await require(app_fixture, requirement)
        await client(TASKS)
        with statement_counter:
            await client(TASKS)
        counts.append(statement_counter.count)
    assert counts[0] == counts[1] > 0


async def test_followers_lose_their_access(app_fixture: AppFixture) -> None:
    """What confirms the access of many clients at once agrees with what authenticates one."""
    await enrol(app_fixture, Role.OWNER)
    members = principals(app_fixture.tenant)
    asked = [members[Role.OWNER], members[Role.MEMBER]]
    assert await confirm(app_fixture, *asked) == [True, True]
    await require(app_fixture, "EVERYONE")
    assert await confirm(app_fixture, *asked) == [True, False]
