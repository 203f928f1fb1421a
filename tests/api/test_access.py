"""Who may do what. Whether somebody may is asked of the database with every operation, not of the token."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from models import Membership, Session, User
from models.base import now
from models.membership import Role
from models.relations import model_of, table_of
from queries.caller import Actor
from schema.roots import access_of_fields
from schema.schema import make_schema
from services.access import Access, is_allowed
from tests.support import documents
from tests.support.budget import OPERATIONS, run
from tests.support.client import Client
from tests.support.documents import LISTED
from tests.support.scene import Scene, stored
from tests.support.world import PASSWORD, SOON, World

ACCESS = access_of_fields(make_schema()._schema)
FOR_EVERYBODY = {name for name, access in ACCESS.items() if access is Access.PUBLIC}
FOR_USERS = FOR_EVERYBODY | {name for name, access in ACCESS.items() if access is Access.USER}
REMINDER = "Name yours in the X-Tenant header."


async def codes(client: Client, scene: Scene) -> dict[str, list[str]]:
    """The codes of the top-level errors with which each operation is answered."""
    return {name: (await run(client, name, scene)).codes for name in OPERATIONS}


def refused(code: str, *, but: set[str]) -> dict[str, list[str]]:
    """Every operation refused but these."""
    return {name: [] if name in but else [code] for name in OPERATIONS}


async def contents(scene: Scene) -> list[list[dict[str, Any]]]:
    """Everything that the tenant holds."""
    return [await stored(scene.plot, model_of(noun.lower())) for noun in LISTED]


async def test_nobody_may_do_anything_but_sign_in(world: World, scene: Scene) -> None:
    before = await contents(scene)
    assert await codes(world.client(tenant="here"), scene) == refused("UNAUTHENTICATED", but=FOR_EVERYBODY)
    assert await contents(scene) == before


async def test_without_a_tenant_one_sees_oneself_only_and_is_told_how_to_name_one(world: World, scene: Scene) -> None:
    before = await contents(scene)
    client = world.client(world.here.users[Role.OWNER])
    assert await codes(client, scene) == refused("FORBIDDEN", but=FOR_USERS)
    await world.sign_in(world.here.users[Role.OWNER])
    answer = await world.client(world.here.users[Role.OWNER])(documents.many("Task"))
    assert answer.body["errors"][0]["message"].endswith(REMINDER)
    assert answer.body["data"] == {"tasks": None}
    assert await contents(scene) == before


async def test_in_a_tenant_that_is_not_theirs_they_may_do_nothing(world: World) -> None:
    owner = world.here.client(Role.OWNER)
    for tenant in ("there", "nowhere", "HERE", "", " ", "here,there", "x" * 5000):
        elsewhere = owner.with_headers(**{"X-Tenant": tenant})
        for document in (documents.many("Task"), documents.create("Team")):
            answer = await elsewhere(document, input={"name": "Diggers"})
            assert (tenant, answer.codes) == (tenant, ["FORBIDDEN"])
            assert REMINDER in answer.body["errors"][0]["message"]
    assert await stored(world.there, model_of("team")) == []


@pytest.mark.parametrize("role", Role)
async def test_every_role_does_its_work(role: Role, world: World, scene: Scene) -> None:
    client = world.here.client(role)
    actor = Actor(world.here.users[role].id, world.here.tenant_id, role)
    allowed = {name for name, access in ACCESS.items() if is_allowed(actor, access)}
    assert allowed >= {name for name, access in ACCESS.items() if access is Access.MEMBER}
    assert await codes(client, scene) == refused("FORBIDDEN", but=allowed)


async def test_a_living_token_of_somebody_inactive_is_refused_at_once(world: World, scene: Scene) -> None:
    member = world.here.client()
    assert (await member(documents.VIEWER)).data["viewer"]["email"] == "member@here.test"
    user = table_of(User)
    await _write(world, update(user).where(user.c.id == world.here.users[Role.MEMBER].id).values(is_active=False))
    before = await contents(scene)
    credentials = {"email": "member@here.test", "password": PASSWORD}
    assert await codes(member, scene) == refused("UNAUTHENTICATED", but=FOR_EVERYBODY - {"refreshSession"})
    assert (await member(documents.LOGIN, input=credentials)).refusals("login") == [("BAD_CREDENTIALS", ["input"])]
    assert await contents(scene) == before


async def test_a_living_token_of_a_session_that_has_ended_is_refused_at_once(world: World, scene: Scene) -> None:
    member, session = world.here.client(), table_of(Session)
    living = {"revoked_at": None, "expires_at": now() + SOON}
    for end in ({"revoked_at": now()}, {"expires_at": now() - SOON}, {"user_id": world.here.users[Role.OWNER].id}):
        await _write(world, update(session).where(session.c.id == world.session_of(Role.MEMBER)).values(**living | end))
        before = await contents(scene)
        assert await codes(member, scene) == refused("UNAUTHENTICATED", but=FOR_EVERYBODY - {"refreshSession"})
        (error,) = (await member(documents.VIEWER)).body["errors"]
        assert "sign in again" in error["message"]
        assert await contents(scene) == before


async def test_a_living_token_of_somebody_who_is_no_member_any_more_is_refused_at_once(
    world: World, scene: Scene
) -> None:
    member = world.here.client()
    membership = table_of(Membership)
    await _write(world, delete(membership).where(membership.c.user_id == world.here.users[Role.MEMBER].id))
    before = await contents(scene)
    assert (await member(documents.VIEWER)).data["viewer"]["memberships"]["nodes"] == []
    assert await codes(member, scene) == refused("FORBIDDEN", but=FOR_USERS)
    assert await contents(scene) == before


async def _write(world: World, statement: Any) -> None:
    async with world.database.writing.begin() as connection:
        await connection.execute(statement)


async def test_one_refused_field_leaves_the_others_alone(world: World) -> None:
    client = world.client(world.here.users[Role.MEMBER])
    answer = await client("{ viewer { email } tasks { totalCount } again: viewer { fullName } }")
    assert answer.codes == ["FORBIDDEN"]
    assert answer.body["errors"][0]["path"] == ["tasks"]
    assert answer.body["data"] == {
        "viewer": {"email": "member@here.test"},
        "tasks": None,
        "again": {"fullName": "Member Here"},
    }
