"""Permissions of every operation. They are read from the database in each operation, not from the token."""

from typing import Any

import pytest
from sqlalchemy import update
from strawberry.utils.str_converters import to_snake_case

from database.authentication import Principal
from models import Session, User
from models.base import utc_now
from models.membership import Role
from models.relations import get_model, table_of
from schema.requirements import root_field_access
from services.core.access import Access, is_allowed
from tests.support import documents
from tests.support.app_fixture import ONE_HOUR, PASSWORD, AppFixture
from tests.support.client import Client
from tests.support.documents import LISTED_TYPES
from tests.support.graphql_schema import graphql_schema
from tests.support.memberships import membership_id
from tests.support.operation_catalog import OPERATIONS, send_operation
from tests.support.sample_data import SampleData, fetch_table

ACCESS = root_field_access(graphql_schema())
PUBLIC_OPERATIONS = {name for name, access in ACCESS.items() if access is Access.PUBLIC}
USER_OPERATIONS = PUBLIC_OPERATIONS | {name for name, access in ACCESS.items() if access is Access.USER}
TENANT_HINT = "Send your tenant's slug or id in X-Tenant."


async def codes_by_operation(client: Client, sample_data: SampleData) -> dict[str, list[str]]:
    """Send every operation; return the codes of its top-level errors."""
    return {name: (await send_operation(client, name, sample_data)).error_codes for name in OPERATIONS}


def expected_codes(code: str, *, allowed_operations: set[str]) -> dict[str, list[str]]:
    """Return the expected codes if all operations but these are rejected with a code."""
    return {name: [] if name in allowed_operations else [code] for name in OPERATIONS}


async def dump_rows(sample_data: SampleData) -> list[list[dict[str, Any]]]:
    """Return all rows of the listed types of the tenant."""
    return [await fetch_table(sample_data.tenant, get_model(to_snake_case(name))) for name in LISTED_TYPES]


@pytest.mark.only("postgresql")
async def test_anonymous_client_can_only_use_public_operations(
    app_fixture: AppFixture, sample_data: SampleData
) -> None:
    before = await dump_rows(sample_data)
    assert await codes_by_operation(app_fixture.client(tenant="here"), sample_data) == expected_codes(
        "UNAUTHENTICATED", allowed_operations=PUBLIC_OPERATIONS
    )
    assert await dump_rows(sample_data) == before


@pytest.mark.only("postgresql")
async def test_user_in_unknown_tenant_can_only_use_own_account(
    app_fixture: AppFixture, sample_data: SampleData
) -> None:
    before = await dump_rows(sample_data)
    client = app_fixture.client(app_fixture.tenant.users[Role.OWNER], "unknown")
    assert await codes_by_operation(client, sample_data) == expected_codes(
        "FORBIDDEN", allowed_operations=USER_OPERATIONS
    )
    await app_fixture.sign_in(app_fixture.tenant.users[Role.OWNER])
    response = await app_fixture.client(app_fixture.tenant.users[Role.OWNER], "unknown")(documents.connection("Task"))
    assert response.body["errors"][0]["message"].endswith(TENANT_HINT)
    assert response.body["data"] == {"tasks": None}
    assert await dump_rows(sample_data) == before


async def test_user_has_no_access_to_other_tenants(app_fixture: AppFixture) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    for tenant in ("there", "nowhere", "HERE", "", " ", "here,there", "x" * 5000):
        other_tenant_client = owner.with_headers(**{"X-Tenant": tenant})
        for document in (documents.connection("Task"), documents.create("Team")):
            response = await other_tenant_client(document, input={"name": "Diggers"})
            assert (tenant, response.error_codes) == (tenant, ["FORBIDDEN"])
            assert TENANT_HINT in response.body["errors"][0]["message"]
    assert await fetch_table(app_fixture.other_tenant, get_model("team")) == []


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("role", Role)
async def test_each_role_has_its_operations(role: Role, app_fixture: AppFixture, sample_data: SampleData) -> None:
    client = app_fixture.tenant.client(role)
    principal = Principal(app_fixture.tenant.users[role].id, app_fixture.tenant.id, role)
    allowed = {name for name, access in ACCESS.items() if is_allowed(principal, access)}
    assert allowed == {name for name, operation in OPERATIONS.items() if operation.is_allowed(role)}
    assert await codes_by_operation(client, sample_data) == expected_codes("FORBIDDEN", allowed_operations=allowed)


@pytest.mark.only("postgresql")
async def test_token_of_inactive_user_is_rejected_immediately(app_fixture: AppFixture, sample_data: SampleData) -> None:
    member_client = app_fixture.tenant.client()
    assert (await member_client(documents.VIEWER)).data["viewer"]["email"] == "member@here.test"
    user = table_of(User)
    await app_fixture.execute_sql(
        update(user).where(user.c.id == app_fixture.tenant.users[Role.MEMBER].id).values(is_active=False)
    )
    before = await dump_rows(sample_data)
    credentials = {"email": "member@here.test", "password": PASSWORD}
    assert await codes_by_operation(member_client, sample_data) == expected_codes(
        "UNAUTHENTICATED", allowed_operations=PUBLIC_OPERATIONS - {"refreshSession"}
    )
    assert (await member_client(documents.LOGIN, input=credentials)).user_errors("login") == [
        ("BAD_CREDENTIALS", ["input"])
    ]
    assert await dump_rows(sample_data) == before


@pytest.mark.only("postgresql")
async def test_token_of_ended_session_is_rejected_immediately(app_fixture: AppFixture, sample_data: SampleData) -> None:
    member_client, session = app_fixture.tenant.client(), table_of(Session)
    valid_session = {"revoked_at": None, "expires_at": utc_now() + ONE_HOUR}
    for columns in (
        {"revoked_at": utc_now()},
        {"expires_at": utc_now() - ONE_HOUR},
        {"user_id": app_fixture.tenant.users[Role.OWNER].id},
    ):
        await app_fixture.execute_sql(
            update(session)
            .where(session.c.id == app_fixture.session_id(Role.MEMBER))
            .values(**valid_session | columns),
        )
        before = await dump_rows(sample_data)
        assert await codes_by_operation(member_client, sample_data) == expected_codes(
            "UNAUTHENTICATED", allowed_operations=PUBLIC_OPERATIONS - {"refreshSession"}
        )
        (error,) = (await member_client(documents.VIEWER)).body["errors"]
        assert "sign in again" in error["message"]
        assert await dump_rows(sample_data) == before


@pytest.mark.only("postgresql")
async def test_token_of_former_member_is_rejected_immediately(app_fixture: AppFixture, sample_data: SampleData) -> None:
    member_client, member = app_fixture.tenant.client(), app_fixture.tenant.users[Role.MEMBER]
    id = await membership_id(app_fixture.tenant, member)
    assert (await app_fixture.tenant.client(Role.ADMIN)(documents.REMOVE_MEMBER, id=id)).payload("removeMember")
    before = await dump_rows(sample_data)
    assert (await member_client(documents.VIEWER)).data["viewer"]["memberships"]["nodes"] == []
    assert await codes_by_operation(member_client, sample_data) == expected_codes(
        "FORBIDDEN", allowed_operations=USER_OPERATIONS
    )
    assert await dump_rows(sample_data) == before


async def test_forbidden_field_does_not_affect_siblings(app_fixture: AppFixture) -> None:
    client = app_fixture.client(app_fixture.tenant.users[Role.MEMBER], "unknown")
    response = await client("{ viewer { email } tasks { totalCount } again: viewer { fullName } }")
    assert response.error_codes == ["FORBIDDEN"]
    assert response.body["errors"][0]["path"] == ["tasks"]
    assert response.body["data"] == {
        "viewer": {"email": "member@here.test"},
        "tasks": None,
        "again": {"fullName": "Member Here"},
    }
