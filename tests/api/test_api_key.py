"""API keys: programs that act in one tenant."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from models import ApiKey, Membership, Task
from models.base import now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from schema.roots import access_of_fields
from schema.schema import make_schema
from services import secrets
from services.access import Access
from tests.harness.statements import StatementCounter
from tests.support import documents
from tests.support.budget import OPERATIONS, run
from tests.support.client import Client
from tests.support.scene import Scene, stored
from tests.support.world import World

ACCESS = access_of_fields(make_schema()._schema)
TASKS = "{ tasks { totalCount } }"


async def new_key(world: World, **values: Any) -> dict[str, Any]:
    """A key of the tenant that most tests happen in."""
    input = {"name": "Import"} | values
    answer = await world.here.client(Role.OWNER)(documents.CREATE_API_KEY, input=input)
    return answer.payload("createApiKey")


def with_key(world: World, secret: str, tenant: str | None = None) -> Client:
    """A program with this key."""
    return world.client(tenant=tenant).bearing(secret)


async def test_a_key_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    made = await new_key(world, role="ADMIN")
    secret, key = made["secret"], made["apiKey"]
    assert secret.startswith(secrets.API_KEY)
    assert len(secret) > 40
    assert secret.startswith(key["prefix"])
    assert len(key["prefix"]) == len(secrets.API_KEY) + 6
    assert key == key | {"name": "Import", "role": "ADMIN", "lastUsedAt": None, "revokedAt": None, "version": 1}
    assert key["createdBy"]["id"] == public_id("user", world.here.users[Role.OWNER].id)
    (row,) = await world.read(select(table_of(ApiKey)))
    assert row.hash == secrets.hashed(secret)
    assert secret not in str(row)
    listed = await world.here.client(Role.OWNER)(documents.API_KEYS)
    assert listed.data["apiKeys"]["nodes"] == [key]
    assert secret not in str(listed.body)


@pytest.mark.parametrize("role", Role)
async def test_a_key_may_do_what_its_role_may_and_nothing_that_takes_a_person(
    world: World, scene: Scene, role: Role
) -> None:
    secret = (await new_key(world, role=role))["secret"]
    ranks = {Role.MEMBER: 2, Role.ADMIN: 3, Role.OWNER: 4}
    allowed = {
        name
        for name, access in ACCESS.items()
        if not access.in_person and (access is Access.PUBLIC or access.rank <= ranks[role])
    }
    program = with_key(world, secret)
    answers = {name: await run(program, name, scene) for name in OPERATIONS}
    assert {name: answer.codes for name, answer in answers.items()} == {
        name: [] if name in allowed else ["FORBIDDEN"] for name in OPERATIONS
    }
    for name, access in ACCESS.items():
        if access.in_person:
            assert "takes a person" in answers[name].body["errors"][0]["message"]
    assert {"createTask", "tasks", "node"} <= allowed
    assert allowed & {"createApiKey", "apiKeys", "viewer", "changePassword", "revokeSession"} == set()


async def test_a_key_acts_in_its_own_tenant_only(world: World) -> None:
    secret = (await new_key(world, role="OWNER"))["secret"]
    await world.there.task("Theirs")
    own = ("here", public_id("tenant", world.here.tenant_id))
    for tenant in (None, *own):
        assert (await with_key(world, secret, tenant)(TASKS)).data["tasks"]["totalCount"] == 0
    for tenant in ("there", public_id("tenant", world.there.tenant_id), "nowhere", "", "HERE", "'"):
        for document in (TASKS, documents.create("Task")):
            elsewhere = with_key(world, secret).with_headers(**{"X-Tenant": tenant})
            answer = await elsewhere(document, input={"title": "Dig"})
            assert (tenant, answer.codes) == (tenant, ["FORBIDDEN"])
            assert "another tenant" in answer.body["errors"][0]["message"]
    made = await with_key(world, secret)(documents.create("Task"), input={"title": "Dig"})
    assert made.payload("createTask")["task"]["title"] == "Dig"
    assert [row["title"] for row in await stored(world.here, Task)] == ["Dig"]
    assert [row["title"] for row in await stored(world.there, Task)] == ["Theirs"]


async def test_a_key_sees_nobodys_own(world: World) -> None:
    program = with_key(world, (await new_key(world, role="OWNER"))["secret"])
    for id in (
        public_id("session", world.session_of(Role.OWNER)),
        public_id("user", world.there.users[Role.OWNER].id),
        public_id("tenant", world.there.tenant_id),
        public_id("api_key", (await world.read(select(table_of(ApiKey))))[0].id),
    ):
        assert (await program(documents.NODE, id=id)).data["node"] is None


async def test_a_revoked_or_expired_key_is_refused_at_once(world: World) -> None:
    key, owner = table_of(ApiKey), world.here.client(Role.OWNER)
    soon = (now() + timedelta(hours=1)).isoformat()
    revoked, expired = await new_key(world), await new_key(world, expiresAt=soon)
    assert (await with_key(world, revoked["secret"])(TASKS)).codes == []
    first = (await owner(documents.REVOKE_API_KEY, id=revoked["apiKey"]["id"])).payload("revokeApiKey")["apiKey"]
    assert first["revokedAt"]
    again = (await owner(documents.REVOKE_API_KEY, id=revoked["apiKey"]["id"])).payload("revokeApiKey")["apiKey"]
    assert again["revokedAt"] == first["revokedAt"]
    assert (await with_key(world, expired["secret"])(TASKS)).codes == []
    await world.write(update(key).where(key.c.expires_at.is_not(None)).values(expires_at=now()))
    for secret in (revoked["secret"], expired["secret"]):
        answer = await with_key(world, secret)(TASKS)
        assert answer.codes == ["UNAUTHENTICATED"]
        assert "revoked or has expired" in answer.body["errors"][0]["message"]


async def test_what_is_no_key_is_nobody(world: World, statements: StatementCounter) -> None:
    secret = (await new_key(world))["secret"]
    (row,) = await world.read(select(table_of(ApiKey)))
    wrong = [secret[:-1], secret + "x", secret.swapcase(), secrets.API_KEY, secrets.API_KEY + row.hash, row.hash]
    for each in (*wrong, secret.removeprefix(secrets.API_KEY), secrets.API_KEY + "é", secrets.API_KEY + "x" * 5000):
        client = world.client()
        response = await client.http.post(
            "/graphql", json={"query": TASKS}, headers={b"Authorization": f"Bearer {each}".encode()}
        )
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
async def test_only_owners_manage_keys(world: World, role: Role) -> None:
    key = (await new_key(world))["apiKey"]
    client = world.here.client(role)
    for document, variables in (
        (documents.CREATE_API_KEY, {"input": {"name": "Mine"}}),
        (documents.REVOKE_API_KEY, {"id": key["id"]}),
        (documents.API_KEYS, {}),
    ):
        assert (await client(document, **variables)).codes == ["FORBIDDEN"]
    assert (await client(documents.NODE, id=key["id"])).data["node"] is None
    assert (await world.here.client(Role.OWNER)(documents.NODE, id=key["id"])).data["node"]["id"] == key["id"]
    elsewhere = await world.there.client(Role.OWNER)(documents.REVOKE_API_KEY, id=key["id"])
    assert elsewhere.refusals("revokeApiKey") == [("NOT_FOUND", ["id"])]


async def test_bad_values_make_no_key(world: World) -> None:
    past = (now() - timedelta(seconds=1)).isoformat()
    for values, problem in (
        ({"name": " "}, ("TOO_SHORT", ["input", "name"])),
        ({"name": "x" * 101}, ("TOO_LONG", ["input", "name"])),
        ({"name": "Import", "expiresAt": past}, ("OUT_OF_RANGE", ["input", "expiresAt"])),
        ({"name": "Import", "role": None}, ("REQUIRED", ["input", "role"])),
    ):
        answer = await world.here.client(Role.OWNER)(documents.CREATE_API_KEY, input=values)
        assert answer.refusals("createApiKey") == [problem]
        assert answer.data["createApiKey"]["secret"] is None
    assert await world.read(select(table_of(ApiKey))) == []


async def test_a_key_outlives_whoever_made_it(world: World) -> None:
    secret = (await new_key(world))["secret"]
    membership = table_of(Membership)
    owner = world.here.users[Role.OWNER].id
    await world.write(membership.delete().where(membership.c.user_id == owner))
    assert (await with_key(world, secret)(TASKS)).codes == []


async def test_the_use_of_a_key_is_noted_after_the_answer_and_at_most_once_a_minute(
    world: World, app: FastAPI, statements: StatementCounter
) -> None:
    made = await new_key(world)
    program = with_key(world, made["secret"])
    began = now()
    with statements:
        for _ in range(3):
            await program("{ tasks { nodes { id } } }")
        await app.state.background.drain()
    assert [text.split()[0] for text in statements.statements].count("UPDATE") == 1
    (row,) = await world.read(select(table_of(ApiKey)))
    assert began <= row.last_used_at <= now()
    assert (row.version, row.updated_at.isoformat()[:19]) == (1, row.created_at.isoformat()[:19])


async def test_a_key_is_looked_up_in_the_statement_that_opens_the_transaction(
    world: World, app: FastAPI, statements: StatementCounter
) -> None:
    program = with_key(world, (await new_key(world))["secret"])
    await program(TASKS)
    await app.state.background.drain()  # where it is noted that the key was used
    with statements:
        await program(TASKS)
    statements.assert_budget(2)
