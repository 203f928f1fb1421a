"""What superusers cannot do while they act as another user."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import select

from models import ApiKey, Membership, Session
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from schema.mutations import RETURNS_SECRETS
from schema.requirements import REQUIREMENT
from schema.schema import build_schema
from services.core.access import Access, Requirement
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.impersonation import create_superuser, impersonate, impersonate_member
from tests.support.memberships import add_member, add_membership
from tests.support.operation_catalog import OPERATIONS, send_operation
from tests.support.sample_data import SampleData

MUTATIONS = build_schema()._schema.mutation_type
assert MUTATIONS is not None
FIELDS = MUTATIONS.fields
OF_PERSONS = {
    *("confirmIdentity", "startTwoFactor", "confirmTwoFactor", "disableTwoFactor", "regenerateRecoveryCodes"),
    *("logoutEverywhere", "revokeOtherSessions", "revokeSession", "linkIssuer", "unlinkIssuer"),
    *("updateViewer", "changePassword", "requestEmailVerification", "verifyEmail"),
    *("createApiKey", "revokeApiKey", "createTenant"),
    *("updateTenant", "closeTenant", "inviteMember", "acceptInvitation", "revokeInvitation", "changeMemberRole"),
    *("removeMember", "leaveTenant", "purgeDocument", "impersonateUser", "createWebhook", "rotateWebhookSecret"),
    *("updateWebhook", "deleteWebhook", "setUsersActive", "deleteUser", "bulkCreateUsers", "reopenTenant"),
}
PUBLIC = {
    *("login", "register", "refreshSession", "logout", "loginWithIssuer", "requestPasswordReset"),
    *("resetPassword", "startPasskeyLogin", "loginWithPasskey"),
}
"""Mutations that do not depend on who sends them, because a password, a token or a passkey proves that."""
REFUSED = sorted(name for name, field in FIELDS.items() if field.extensions[REQUIREMENT].needs_own_session)
_IMPERSONATE_AGAIN = 'mutation ($id: ID!) { impersonateUser(input: {userId: $id, reason: "x"}) { accessToken } }'
MESSAGE = "Only users themselves can do this, not a superuser who acts as them (endImpersonation)."


def test_everything_but_work_is_refused() -> None:
    """A new mutation is refused unless it is the work of members or admins, and returns no secret."""
    assert set(REFUSED) >= OF_PERSONS
    for name, field in FIELDS.items():
        required: Requirement = field.extensions[REQUIREMENT]
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        is_secret = field.extensions[RETURNS_SECRETS] or "secret" in payload.fields
        is_work = required.level in {Access.MEMBER, Access.ADMIN} and not required.needs_confirmation and not is_secret
        assert required.needs_own_session is not (is_work or name in {*PUBLIC, "endImpersonation"}), name
    assert {name for name, field in FIELDS.items() if field.extensions[REQUIREMENT].level is Access.PUBLIC} == PUBLIC


@pytest.mark.slow
@pytest.mark.only("sqlite")
async def test_refused_mutations_change_nothing(app_fixture: AppFixture, sample_data: SampleData) -> None:
    acting = await impersonate_member(app_fixture, Role.OWNER)
    with_key = acting.with_headers(**{"Idempotency-Key": "key"})
    for name in REFUSED:
        for client in (acting, with_key):
            response = await send_operation(client, name, sample_data)
            assert (response.error_codes, response.body["data"]) == (["FORBIDDEN"], {name: None})
            assert response.body["errors"][0]["message"] == MESSAGE
    assert (await acting("{ tenant { name } }")).data["tenant"], "neither the session nor the tenant has ended"


@pytest.mark.slow
@pytest.mark.only("sqlite")
@pytest.mark.parametrize("name", ["bulkCreateTasks", "placeOrder", "transferFunds", "publishArticle", "deleteProduct"])
async def test_work_is_permitted_within_the_role(name: str, app_fixture: AppFixture, sample_data: SampleData) -> None:
    _, client = await create_superuser(app_fixture)
    allowed = await impersonate(client, app_fixture.tenant.users[OPERATIONS[name].role])
    assert (await send_operation(allowed, name, sample_data)).payload(name)
    if OPERATIONS[name].role is not Role.MEMBER:
        member = await impersonate(client, app_fixture.tenant.users[Role.MEMBER])
        assert (await send_operation(member, name, sample_data)).error_codes == ["FORBIDDEN"]


async def _count(app_fixture: AppFixture, model: Any) -> int:
    return len(await app_fixture.fetch_rows(select(table_of(model).c.id)))


async def test_no_way_to_lasting_access(app_fixture: AppFixture) -> None:
    acting = await impersonate_member(app_fixture, Role.OWNER)
    before = [await _count(app_fixture, model) for model in (ApiKey, Membership, Session)]
    owner_id = public_id("user", app_fixture.tenant.users[Role.OWNER].id)
    for document, variables in (
        (documents.CREATE_API_KEY, {"input": {"name": "Key", "role": "OWNER"}}),
        (documents.INVITE_MEMBER, {"input": {"email": "root@server.test", "role": "OWNER"}}),
        (documents.UPDATE_VIEWER, {"input": {"email": "root2@server.test", "currentPassword": PASSWORD}}),
        (documents.CHANGE_PASSWORD, {"input": {"currentPassword": PASSWORD, "newPassword": "Another-horse-2!"}}),
        (_IMPERSONATE_AGAIN, {"id": owner_id}),
    ):
        response = await acting(document, **variables)
        assert (response.error_codes, response.body["errors"][0]["message"]) == (["FORBIDDEN"], MESSAGE)
    for query in ("{ users { totalCount } }", "{ tenants { totalCount } }", "{ persistedDocuments { totalCount } }"):
        assert (await acting(query)).error_codes == ["FORBIDDEN"]
    assert [await _count(app_fixture, model) for model in (ApiKey, Membership, Session)] == before


@pytest.mark.only("sqlite")
async def test_permissions_do_not_contain_what_is_refused(app_fixture: AppFixture) -> None:
    acting = await impersonate_member(app_fixture, Role.OWNER)
    query = "{ viewer { permissions } }"
    own = set((await app_fixture.tenant.client(Role.OWNER)(query)).data["viewer"]["permissions"])
    listed = set((await acting(query)).data["viewer"]["permissions"])
    assert own - listed == own & set(REFUSED)
    assert listed <= own


@pytest.mark.only("sqlite")
async def test_one_transaction_of_several_fields_is_refused_too(app_fixture: AppFixture) -> None:
    acting = await impersonate_member(app_fixture, Role.OWNER)
    document = """mutation ($id: ID!) @atomic {
      createTask(input: {title: "New"}) { task { id } }
      updateTenant(id: $id, input: {name: "Renamed"}) { tenant { name } }
    }"""
    response = await acting(document, id=public_id("tenant", app_fixture.tenant.id))
    assert "FORBIDDEN" in response.error_codes
    state = await app_fixture.tenant.client(Role.OWNER)("{ tenant { name } tasks { totalCount } }")
    assert state.data == {"tenant": {"name": "Here"}, "tasks": {"totalCount": 0}}


@pytest.mark.only("sqlite")
async def test_replays_are_not_shared_with_another_tenant(app_fixture: AppFixture) -> None:
    """The requests name no tenant: each impersonation has its own."""
    _, client = await create_superuser(app_fixture)
    user = await add_member(app_fixture.tenant, "both@here.test", Role.MEMBER)
    await add_membership(app_fixture.other_tenant, user, Role.MEMBER)
    for slug in (app_fixture.tenant.slug, app_fixture.other_tenant.slug):
        acting = await impersonate(client, user, tenant=slug)
        with_key = acting.with_headers(**{"Idempotency-Key": "same"})
        created = await with_key(documents.create("Task"), input={"title": "New"})
        assert created.payload("createTask")["task"]["title"] == "New"


@pytest.mark.only("sqlite")
async def test_replays_are_not_shared_with_the_user(app_fixture: AppFixture) -> None:
    acting = await impersonate_member(app_fixture, Role.OWNER)
    titles: list[str] = []
    for client in (acting.with_headers(**{"X-Tenant": "here"}), app_fixture.tenant.client(Role.OWNER)):
        with_key = client.with_headers(**{"Idempotency-Key": "same"})
        created = await with_key(documents.create("Task"), input={"title": f"Task {len(titles)}"})
        titles.append(created.payload("createTask")["task"]["title"])
    assert titles == ["Task 0", "Task 1"]
