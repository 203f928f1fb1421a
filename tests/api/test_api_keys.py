"""API keys: credentials of programs, limited to one tenant."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from models import ApiKey, Membership, Task
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from schema.requirements import root_field_access
from services.core.access import Access
from services.people import secrets
from tests.harness.statement_counter import StatementCounter
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.graphql_schema import graphql_schema
from tests.support.operation_catalog import OPERATIONS, send_operation
from tests.support.sample_data import SampleData, fetch_table

ACCESS = root_field_access(graphql_schema())
TASKS = "{ tasks { totalCount } }"


async def create_key(app_fixture: AppFixture, **values: Any) -> dict[str, Any]:
    """Create an API key of `app_fixture.tenant`; return the payload."""
    input = {"name": "Import"} | values
    response = await app_fixture.tenant.client(Role.OWNER)(documents.CREATE_API_KEY, input=input)
    return response.payload("createApiKey")


def client_with_key(app_fixture: AppFixture, secret: str, tenant: str | None = None) -> Client:
    """Return a client with this API key."""
    return app_fixture.client(tenant=tenant).with_token(secret)


async def test_secret_is_shown_once_and_stored_as_hash(app_fixture: AppFixture) -> None:
    payload = await create_key(app_fixture, role="ADMIN")
    secret, key = payload["secret"], payload["apiKey"]
    assert secret.startswith(secrets.API_KEY_PREFIX)
    assert len(secret) > 40
    assert secret.startswith(key["prefix"])
    assert len(key["prefix"]) == len(secrets.API_KEY_PREFIX) + 6
    assert key == key | {"name": "Import", "role": "ADMIN", "lastUsedAt": None, "revokedAt": None, "version": 1}
    assert key["createdBy"]["id"] == public_id("user", app_fixture.tenant.users[Role.OWNER].id)
    (row,) = await app_fixture.fetch_rows(select(table_of(ApiKey)))
    assert row.hash == secrets.hash_secret(secret)
    assert secret not in str(row)
    list_response = await app_fixture.tenant.client(Role.OWNER)(documents.API_KEYS)
    assert list_response.data["apiKeys"]["nodes"] == [key]
    assert secret not in str(list_response.body)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("role", Role)
async def test_key_has_permissions_of_its_role_except_personal_operations(
    app_fixture: AppFixture, sample_data: SampleData, role: Role
) -> None:
    secret = (await create_key(app_fixture, role=role))["secret"]
    rank_by_role = {Role.MEMBER: 2, Role.ADMIN: 3, Role.OWNER: 4}
    allowed = {
        name
        for name, access in ACCESS.items()
        if not access.requires_user and (access is Access.PUBLIC or access.rank <= rank_by_role[role])
    } - {"placeOrder", "cancelOrder"}  # require an explicit scope
    key_client = client_with_key(app_fixture, secret)
    responses = {name: await send_operation(key_client, name, sample_data) for name in OPERATIONS}
    assert {name: response.error_codes for name, response in responses.items()} == {
        name: [] if name in allowed else ["FORBIDDEN"] for name in OPERATIONS
    }
    for name, access in ACCESS.items():
        if access.requires_user:
            assert "A signed-in user is required" in responses[name].body["errors"][0]["message"]
    assert {"createTask", "tasks", "node"} <= allowed
    assert allowed & {"createApiKey", "apiKeys", "viewer", "changePassword", "revokeSession"} == set()


@pytest.mark.any_server
async def test_key_is_limited_to_its_tenant(app_fixture: AppFixture) -> None:
    secret = (await create_key(app_fixture, role="OWNER"))["secret"]
    await app_fixture.other_tenant.create(Task, title="Foreign")
    own_tenant_names = ("here", public_id("tenant", app_fixture.tenant.id))
    for tenant in (None, *own_tenant_names):
        assert (await client_with_key(app_fixture, secret, tenant)(TASKS)).data["tasks"]["totalCount"] == 0
    for tenant in ("there", public_id("tenant", app_fixture.other_tenant.id), "nowhere", "", "HERE", "'"):
        for document in (TASKS, documents.create("Task")):
            other_tenant_client = client_with_key(app_fixture, secret).with_headers(**{"X-Tenant": tenant})
            response = await other_tenant_client(document, input={"title": "Dig"})
            assert (tenant, response.error_codes) == (tenant, ["FORBIDDEN"])
            assert "another tenant" in response.body["errors"][0]["message"]
    created = await client_with_key(app_fixture, secret)(documents.create("Task"), input={"title": "Dig"})
    assert created.payload("createTask")["task"]["title"] == "Dig"
    assert [row["title"] for row in await fetch_table(app_fixture.tenant, Task)] == ["Dig"]
    assert [row["title"] for row in await fetch_table(app_fixture.other_tenant, Task)] == ["Foreign"]


async def test_key_does_not_read_objects_of_users(app_fixture: AppFixture) -> None:
    key_client = client_with_key(app_fixture, (await create_key(app_fixture, role="OWNER"))["secret"])
    for id in (
        public_id("session", app_fixture.session_id(Role.OWNER)),
        public_id("user", app_fixture.other_tenant.users[Role.OWNER].id),
        public_id("tenant", app_fixture.other_tenant.id),
        public_id("api_key", (await app_fixture.fetch_rows(select(table_of(ApiKey))))[0].id),
    ):
        assert (await key_client(documents.NODE, id=id)).data["node"] is None


async def test_revoked_or_expired_key_is_rejected_immediately(app_fixture: AppFixture) -> None:
    key, owner = table_of(ApiKey), app_fixture.tenant.client(Role.OWNER)
    expires_at = (utc_now() + timedelta(hours=1)).isoformat()
    revoked, expired = await create_key(app_fixture), await create_key(app_fixture, expiresAt=expires_at)
    assert (await client_with_key(app_fixture, revoked["secret"])(TASKS)).error_codes == []
    first = (await owner(documents.REVOKE_API_KEY, id=revoked["apiKey"]["id"])).payload("revokeApiKey")["apiKey"]
    assert first["revokedAt"]
    second = (await owner(documents.REVOKE_API_KEY, id=revoked["apiKey"]["id"])).payload("revokeApiKey")["apiKey"]
    assert second["revokedAt"] == first["revokedAt"]
    assert (await client_with_key(app_fixture, expired["secret"])(TASKS)).error_codes == []
    await app_fixture.execute_sql(update(key).where(key.c.expires_at.is_not(None)).values(expires_at=utc_now()))
    for secret in (revoked["secret"], expired["secret"]):
        response = await client_with_key(app_fixture, secret)(TASKS)
        assert response.error_codes == ["UNAUTHENTICATED"]
        assert "revoked or has expired" in response.body["errors"][0]["message"]


async def test_malformed_or_unknown_key_is_unauthenticated(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    secret = (await create_key(app_fixture))["secret"]
    (row,) = await app_fixture.fetch_rows(select(table_of(ApiKey)))
    invalid = [
        secret[:-1],
        secret + "x",
        secret.swapcase(),
        secrets.API_KEY_PREFIX,
        secrets.API_KEY_PREFIX + row.hash,
        row.hash,
    ]
    for token in (
        *invalid,
        secret.removeprefix(secrets.API_KEY_PREFIX),
        secrets.API_KEY_PREFIX + "é",
        secrets.API_KEY_PREFIX + "x" * 5000,
    ):
        client = app_fixture.client()
        response = await client.http.post(
            "/graphql", json={"query": TASKS}, headers={b"Authorization": f"Bearer {token}".encode()}
        )
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
async def test_only_owners_manage_keys(app_fixture: AppFixture, role: Role) -> None:
    key = (await create_key(app_fixture))["apiKey"]
    client = app_fixture.tenant.client(role)
    for document, variables in (
        (documents.CREATE_API_KEY, {"input": {"name": "Mine"}}),
        (documents.REVOKE_API_KEY, {"id": key["id"]}),
        (documents.API_KEYS, {}),
    ):
        assert (await client(document, **variables)).error_codes == ["FORBIDDEN"]
    assert (await client(documents.NODE, id=key["id"])).data["node"] is None
    assert (await app_fixture.tenant.client(Role.OWNER)(documents.NODE, id=key["id"])).data["node"]["id"] == key["id"]
    other_tenant_response = await app_fixture.other_tenant.client(Role.OWNER)(documents.REVOKE_API_KEY, id=key["id"])
    assert other_tenant_response.user_errors("revokeApiKey") == [("NOT_FOUND", ["id"])]


async def test_invalid_values_create_no_key(app_fixture: AppFixture) -> None:
    expired_at = (utc_now() - timedelta(seconds=1)).isoformat()
    for values, expected_error in (
        ({"name": " "}, ("TOO_SHORT", ["input", "name"])),
        ({"name": "x" * 101}, ("TOO_LONG", ["input", "name"])),
        ({"name": "Import", "expiresAt": expired_at}, ("OUT_OF_RANGE", ["input", "expiresAt"])),
        ({"name": "Import", "role": None}, ("REQUIRED", ["input", "role"])),
    ):
        response = await app_fixture.tenant.client(Role.OWNER)(documents.CREATE_API_KEY, input=values)
        assert response.user_errors("createApiKey") == [expected_error]
        assert response.data["createApiKey"]["secret"] is None
    assert await app_fixture.fetch_rows(select(table_of(ApiKey))) == []


async def test_key_stays_valid_after_its_creator_leaves(app_fixture: AppFixture) -> None:
    secret = (await create_key(app_fixture))["secret"]
    membership = table_of(Membership)
    owner = app_fixture.tenant.users[Role.OWNER].id
    await app_fixture.execute_sql(membership.delete().where(membership.c.user_id == owner))
    assert (await client_with_key(app_fixture, secret)(TASKS)).error_codes == []


async def test_last_use_is_recorded_after_response_at_most_once_a_minute(
    app_fixture: AppFixture, app: FastAPI, statement_counter: StatementCounter
) -> None:
    payload = await create_key(app_fixture)
    key_client = client_with_key(app_fixture, payload["secret"])
    started_at = utc_now()
    with statement_counter:
        for _ in range(3):
            await key_client("{ tasks { nodes { id } } }")
        await app.state.background.drain()
    assert [text.split()[0] for text in statement_counter.statements].count("UPDATE") == 1
    (row,) = await app_fixture.fetch_rows(select(table_of(ApiKey)))
    assert started_at <= row.last_used_at <= utc_now()
    assert (row.version, row.updated_at.isoformat()[:19]) == (1, row.created_at.isoformat()[:19])


async def test_key_is_verified_by_identity_statement(
    app_fixture: AppFixture, app: FastAPI, statement_counter: StatementCounter
) -> None:
    key_client = client_with_key(app_fixture, (await create_key(app_fixture))["secret"])
    await key_client(TASKS)
    await app.state.background.drain()  # records the last use of the key
    with statement_counter:
        await key_client(TASKS)
    statement_counter.assert_budget(2)
