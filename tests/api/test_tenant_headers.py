"""How a request names its tenant."""

import httpx

from models.ids import public_id
from models.membership import Role
from services.people import add_member
from tests.support import documents
from tests.support.world import World


async def names(world: World, *headers: tuple[str, str]) -> httpx.Response:
    """The tasks' titles, asked for with these headers."""
    token = world.token(world.here.users[Role.MEMBER])
    body = {"query": "{ tasks { nodes { title } } }"}
    return await world.http.post("/graphql", json=body, headers=[("Authorization", f"Bearer {token}"), *headers])


async def test_a_tenant_is_named_by_slug_or_id_in_either_header(world: World) -> None:
    await world.here.task("Dig")
    id = public_id("tenant", world.here.tenant_id)
    for value in ("here", " here ", id):
        for name in ("X-Tenant", "x-tenant", "X-Tenant-ID"):
            answer = await names(world, (name, value))
            assert answer.json() == {"data": {"tasks": {"nodes": [{"title": "Dig"}]}}}


async def test_both_headers_may_say_the_same(world: World) -> None:
    answer = await names(world, ("X-Tenant", "here"), ("X-Tenant-ID", "here"))
    assert answer.json() == {"data": {"tasks": {"nodes": []}}}


async def test_headers_that_differ_are_refused_rather_than_guessed_at(world: World) -> None:
    for headers in (
        [("X-Tenant", "here"), ("X-Tenant-ID", "there")],
        [("X-Tenant", "here"), ("X-Tenant", "there")],
        [("X-Tenant", "here"), ("X-Tenant-ID", "")],
    ):
        answer = await names(world, *headers)
        assert (answer.status_code, answer.json().keys()) == (400, {"errors"})
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}
        assert "X-Tenant" in error["message"]


async def test_a_name_that_no_database_could_hold_names_no_tenant(world: World) -> None:
    for name in ("here\0", "\0", "tenant_\0"):
        answer = await names(world, ("X-Tenant", name))
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["FORBIDDEN"]


async def test_somebody_in_two_tenants_sees_the_one_they_name(world: World) -> None:
    user = world.here.users[Role.MEMBER]
    await world.there.make(lambda work: add_member(work, world.there.tenant_id, user.id, Role.ADMIN))
    await world.here.task("Here")
    await world.there.task("There")
    for slug, title in (("here", "Here"), ("there", "There")):
        client = world.client(user, slug)
        assert (await client("{ tasks { nodes { title } } }")).data["tasks"]["nodes"] == [{"title": title}]
        memberships = (await client(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
        assert {place["tenant"]["slug"]: place["role"] for place in memberships} == {"here": "MEMBER", "there": "ADMIN"}
