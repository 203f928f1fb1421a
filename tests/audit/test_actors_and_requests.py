"""Who acted, and with which request."""

from typing import Any

import pytest

from database.authentication import SystemCredentials
from models import AuditEntry, Team
from models.audit_entry import ActorKind, AuditAction
from models.ids import public_id
from models.membership import Role
from services.core import records
from services.core.use_case import run_use_case
from tests.api.conftest import superuser_client
from tests.api.test_api_keys import client_with_key, create_key
from tests.support import documents
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.client import Client
from tests.support.idempotency import is_replay, with_key
from tests.support.memberships import make_superuser
from tests.support.sample_data import SampleData, fetch_table
from tests.tenancy.tenant_rows import TenantRows

__all__ = ["superuser_client"]

CREATE_TEAM = documents.create("Team").replace("mutation (", "mutation NewTeam (")


async def list_entries(tenant: TenantFixture, noun: str = "Team") -> list[dict[str, Any]]:
    """Return the tenant's entries of objects of a type, in order."""
    rows = [row for row in await fetch_table(tenant, AuditEntry) if row["noun"] == noun]
    return sorted(rows, key=lambda row: row["id"])


async def test_entry_of_user_names_the_request(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client().with_headers(**{"X-Request-Id": "request-1", "User-Agent": "Tests/1"})
    created = (await client(CREATE_TEAM, input={"name": "Diggers"})).payload("createTeam")["team"]
    (entry,) = await list_entries(app_fixture.tenant)
    assert public_id("team", entry["object_id"]) == created["id"]
    assert entry["after"] == {"name": "Diggers", "externalId": None, "createdAt": created["createdAt"]}
    assert (entry["action"], entry["before"], entry["version"]) == (AuditAction.CREATED, {}, 1)
    user = app_fixture.tenant.users[Role.MEMBER]
    assert (entry["actor_kind"], entry["actor_id"]) == (ActorKind.USER, user.id)
    request = [entry[name] for name in ("request_id", "operation", "address", "user_agent")]
    assert request == ["request-1", "NewTeam", "127.0.0.1", "Tests/1"]


async def test_operation_without_name_is_null(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.client()(documents.create("Team"), input={"name": "Diggers"})
    (entry,) = await list_entries(app_fixture.tenant)
    assert entry["operation"] is None


async def test_entry_of_api_key_names_the_key(app_fixture: AppFixture) -> None:
    key = await create_key(app_fixture)
    await client_with_key(app_fixture, key["secret"])(CREATE_TEAM, input={"name": "Diggers"})
    (entry,) = await list_entries(app_fixture.tenant)
    assert entry["actor_kind"] == ActorKind.API_KEY
    assert public_id("api_key", entry["actor_id"]) == key["apiKey"]["id"]


async def test_entry_of_server_itself_names_the_operator(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    use_case = lambda work: records.create(work, Team, {"name": "Diggers"})  # noqa: E731
    await run_use_case(app_fixture.database, SystemCredentials(tenant_id=tenant.id), use_case)
    (entry,) = await list_entries(tenant)
    assert (entry["actor_kind"], entry["actor_id"], entry["address"]) == (ActorKind.OPERATOR, None, None)


async def test_superuser_is_named_in_other_tenants(app_fixture: AppFixture, superuser_client: Client) -> None:
    member = app_fixture.tenant.users[Role.MEMBER]
    await superuser_client(documents.DELETE_USER, id=public_id("user", member.id))
    (entry,) = [row for row in await list_entries(app_fixture.tenant, "Membership") if row["action"] == "DELETED"]
    assert entry["actor_kind"] == ActorKind.SUPERUSER
    assert entry["actor_id"] not in {None, *(user.id for user in app_fixture.tenant.users.values())}
    assert entry["before"] == entry["before"] | {"role": "MEMBER", "userId": public_id("user", member.id)}


async def test_superuser_is_a_user_in_own_tenant(app_fixture: AppFixture) -> None:
    await make_superuser(app_fixture, app_fixture.tenant.users[Role.MEMBER])
    await app_fixture.tenant.client()(CREATE_TEAM, input={"name": "Diggers"})
    (entry,) = await list_entries(app_fixture.tenant)
    assert entry["actor_kind"] == ActorKind.USER


async def test_new_tenant_has_entries_of_its_own(app_fixture: AppFixture, tenant_rows: TenantRows) -> None:
    user = await app_fixture.create_user()
    response = await app_fixture.client(user)(documents.CREATE_TENANT, input={"name": "New", "slug": "new"})
    id = response.payload("createTenant")["tenant"]["id"]
    rows = [row for row in (await tenant_rows.dump_all())["audit_entry"] if public_id("tenant", row["tenant_id"]) == id]
    assert sorted((row["noun"], row["actor_id"]) for row in rows) == [("Membership", user.id), ("Tenant", user.id)]


async def test_replay_writes_no_entry(app_fixture: AppFixture) -> None:
    client = with_key(app_fixture.tenant.client())
    for number in range(2):
        assert is_replay(await client(CREATE_TEAM, input={"name": "Diggers"})) is (number == 1)
    assert len(await list_entries(app_fixture.tenant)) == 1


async def test_rejected_and_unchanged_writes_have_no_entry(app_fixture: AppFixture) -> None:
    team = await app_fixture.tenant.create(Team, name="Diggers")
    client = app_fixture.tenant.client()
    assert (await client(CREATE_TEAM, input={"name": "Diggers"})).user_errors("createTeam")
    same = {"id": public_id("team", team.id), "input": {"name": "Diggers"}}
    (await client(documents.update("Team"), **same)).payload("updateTeam")
    assert len(await list_entries(app_fixture.tenant)) == 1


@pytest.mark.any_server
async def test_link_has_an_entry_on_both_ends(sample_data: SampleData) -> None:
    task, (first, *_, last) = sample_data.ids("Task")[0], sample_data.ids("Worker")
    client = sample_data.tenant.client()
    before = len(await fetch_table(sample_data.tenant, AuditEntry))
    await client(documents.ASSIGN_WORKERS, taskId=task, workerIds=[first, last])
    await client(documents.UNASSIGN_WORKERS, taskId=task, workerIds=[last])
    rows = sorted(await fetch_table(sample_data.tenant, AuditEntry), key=lambda row: row["id"])[before:]
    described = [(row["noun"], row["action"], row["before"], row["after"], row["version"]) for row in rows]
    assert described[-2:] == [
        ("Task", "UNLINKED", {"workers": last}, {}, None),
        ("Worker", "UNLINKED", {"tasks": task}, {}, None),
    ]
    assert {row[:2] for row in described[:-2]} <= {("Task", "LINKED"), ("Worker", "LINKED")}


async def test_secrets_are_not_in_the_audit(sample_data: SampleData, tenant_rows: TenantRows) -> None:
    created = await create_key(sample_data.tenant.app_fixture)
    await sample_data.tenant.client(Role.OWNER)(documents.INVITE_MEMBER, input={"email": "new@new.test"})
    dump = await tenant_rows.dump_all()
    audit = str(dump["audit_entry"])
    columns = [(table, name) for table in ("api_key", "invitation", "session", "refresh_token") for name in ("hash",)]
    hashes = {row[name] for table, name in columns for row in dump[table] if name in row}
    assert len(hashes) > 5
    assert not [secret for secret in (*hashes, created["secret"]) if secret in audit]
    assert "new@new.test" not in audit
