"""Invitations: written, renewed, revoked and accepted, by people with and without an account."""

import asyncio
import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from models import Invitation, User
from models.base import now
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.letterbox import Letterbox
from tests.support.members import join, place_of, roles
from tests.support.world import World

EMAIL = "stranger@nowhere.test"


async def invite(client: Client, email: str = EMAIL, **values: Any) -> Answer:
    """Try to invite somebody."""
    return await client(documents.INVITE_MEMBER, input={"email": email, **values})


async def accept(client: Client, token: str) -> Answer:
    """Try to accept an invitation."""
    return await client(documents.ACCEPT_INVITATION, token=token)


async def revoke(client: Client, id: str) -> Answer:
    """Try to revoke an invitation."""
    return await client(documents.REVOKE_INVITATION, id=id)


@pytest.fixture
def admin(world: World) -> Client:
    """An admin of the tenant."""
    return world.here.client(Role.ADMIN)


@pytest.fixture
def owner(world: World) -> Client:
    """Its owner."""
    return world.here.client(Role.OWNER)


async def test_somebody_with_an_account_is_invited_and_accepts(
    world: World, admin: Client, letterbox: Letterbox
) -> None:
    stranger = world.client(await world.stranger(EMAIL))
    invitation = (await invite(admin, " Stranger@Nowhere.test ", role="ADMIN")).payload("inviteMember")["invitation"]
    assert invitation == invitation | {"email": EMAIL, "role": "ADMIN", "acceptedAt": None, "revokedAt": None}
    assert (invitation["tenant"]["slug"], invitation["invitedBy"]["fullName"]) == ("here", "Admin Here")
    letter = await letterbox.last(EMAIL)
    assert letter.subject == "Admin Here invites you to Here"
    place = (await accept(stranger, letter.token)).payload("acceptInvitation")["membership"]
    assert (place["role"], place["tenant"]["slug"], place["user"]["email"]) == ("ADMIN", "here", EMAIL)
    assert (await stranger.with_headers(**{"X-Tenant": "here"})(documents.many("Task"))).data["tasks"]
    listed = (await admin(documents.CURRENT_TENANT)).data["tenant"]
    assert listed["members"]["totalCount"] == 4
    node = f"query ($id: ID!) {{ node(id: $id) {{ ... on Invitation {{ {documents.INVITATION} }} }} }}"
    assert (await admin(node, id=invitation["id"])).data["node"]["acceptedAt"] is not None


async def test_an_invitation_never_tells_whether_there_is_an_account(
    world: World, admin: Client, letterbox: Letterbox
) -> None:
    known = (await invite(admin, "owner@there.test")).payload("inviteMember")["invitation"]
    unknown = (await invite(admin, "nobody@there.test")).payload("inviteMember")["invitation"]
    different = {"id", "email", "expiresAt", "createdAt", "updatedAt"}
    assert {name for name in known if known[name] != unknown[name]} == different
    first, second = await letterbox.last("owner@there.test"), await letterbox.last("nobody@there.test")
    assert first.text.replace(first.token, "") == second.text.replace(second.token, "")
    assert await roles(world.there) == {user.email: role for role, user in world.there.users.items()}


async def test_somebody_without_an_account_registers_first(world: World, admin: Client, letterbox: Letterbox) -> None:
    await invite(admin)
    newcomer = world.client(await world.stranger(EMAIL))
    assert (await accept(newcomer, (await letterbox.last(EMAIL)).token)).payload("acceptInvitation")
    assert (await roles(world.here))[EMAIL] is Role.MEMBER


async def test_accepting_proves_the_address(world: World, admin: Client, letterbox: Letterbox) -> None:
    user = await world.stranger(EMAIL)
    await invite(admin)
    assert user.email_verified_at is None
    (await accept(world.client(user), (await letterbox.last(EMAIL)).token)).payload("acceptInvitation")
    table = table_of(User)
    (row,) = await world.read(select(table).where(table.c.id == user.id))
    assert row.email_verified_at is not None


VOID = [("INVALID", ["token"])]


async def test_only_the_address_that_was_invited_may_accept(world: World, admin: Client, letterbox: Letterbox) -> None:
    await invite(admin)
    token = (await letterbox.last(EMAIL)).token
    thief = world.client(await world.stranger("thief@nowhere.test"))
    assert (await accept(thief, token)).refusals("acceptInvitation") == VOID
    assert (await accept(world.there.client(Role.OWNER), token)).refusals("acceptInvitation") == VOID
    assert (await accept(world.client(), token)).codes == ["UNAUTHENTICATED"]
    assert "thief@nowhere.test" not in await roles(world.here)
    assert (await accept(world.client(await world.stranger(EMAIL)), token)).payload("acceptInvitation")


@pytest.mark.parametrize("token", ["", "invite_", "x" * 5000, "invite_\u0000", "letter_abc", "☃"])
async def test_a_made_up_token_is_void(token: str, world: World) -> None:
    answer = await accept(world.client(await world.stranger(EMAIL)), token)
    assert answer.codes in ([], ["BAD_USER_INPUT"])  # a NUL is refused before anything is asked
    assert answer.codes or answer.refusals("acceptInvitation") == VOID


async def test_an_invitation_counts_once_and_in_time(world: World, admin: Client, letterbox: Letterbox) -> None:
    stranger, table = world.client(await world.stranger(EMAIL)), table_of(Invitation)
    await invite(admin)
    token = (await letterbox.last(EMAIL)).token
    await world.write(update(table).values(expires_at=now() - datetime.timedelta(seconds=1)))
    assert (await accept(stranger, token)).refusals("acceptInvitation") == VOID
    await world.write(update(table).values(expires_at=now() + datetime.timedelta(seconds=60)))
    assert (await accept(stranger, token)).payload("acceptInvitation")
    (
        await stranger.with_headers(**{"X-Tenant": "here"})(
            documents.LEAVE_TENANT, id=public_id("tenant", world.here.tenant_id)
        )
    ).payload("leaveTenant")
    assert (await accept(stranger, token)).refusals("acceptInvitation") == VOID


async def test_of_many_who_accept_at_once_one_does(world: World, admin: Client, letterbox: Letterbox) -> None:
    stranger = world.client(await world.stranger(EMAIL))
    await invite(admin)
    token = (await letterbox.last(EMAIL)).token
    answers = await asyncio.gather(*(accept(stranger, token) for _ in range(10)))
    assert sorted(answer.refusals("acceptInvitation") for answer in answers) == [[]] + [VOID] * 9
    assert len(await roles(world.here)) == 4


async def test_to_invite_again_renews(world: World, admin: Client, letterbox: Letterbox) -> None:
    stranger = world.client(await world.stranger(EMAIL))
    first = (await invite(admin)).payload("inviteMember")["invitation"]
    await revoke(admin, first["id"])
    second = (await invite(admin, EMAIL.upper(), role="ADMIN")).payload("inviteMember")["invitation"]
    assert (second["id"], second["role"], second["revokedAt"]) == (first["id"], "ADMIN", None)
    assert second["expiresAt"] > first["expiresAt"]
    old, new = [letter.token for letter in await letterbox.all(EMAIL)]
    assert (await accept(stranger, old)).refusals("acceptInvitation") == VOID
    assert (await accept(stranger, new)).payload("acceptInvitation")["membership"]["role"] == "ADMIN"


async def test_of_many_invitations_of_one_address_at_once_one_letter_counts(
    world: World, admin: Client, owner: Client, letterbox: Letterbox
) -> None:
    answers = await asyncio.gather(*(invite(client) for client in (admin, owner) * 5))
    assert len({answer.payload("inviteMember")["invitation"]["id"] for answer in answers}) == 1
    stranger = world.client(await world.stranger(EMAIL))
    tokens = [letter.token for letter in await letterbox.all(EMAIL)]
    outcomes = [(await accept(stranger, token)).refusals("acceptInvitation") for token in tokens]
    assert sorted(outcomes) == [[]] + [VOID] * 9


async def test_members_are_not_invited(admin: Client, letterbox: Letterbox) -> None:
    answer = await invite(admin, "Owner@Here.test")
    assert answer.refusals("inviteMember") == [("TAKEN", ["input", "email"])]
    assert await letterbox.all() == []


@pytest.mark.parametrize(
    ("email", "code"),
    [("", "INVALID"), ("nobody", "INVALID"), (f"{'x' * 250}@x.test", "TOO_LONG"), ("a@b\nc", "INVALID")],
)
async def test_what_is_no_address_is_not_invited(email: str, code: str, admin: Client, letterbox: Letterbox) -> None:
    answer = await invite(admin, email)
    assert answer.refusals("inviteMember") == [(code, ["input", "email"])]
    assert await letterbox.all() == []


async def test_members_may_not_invite_or_see_or_revoke(world: World, admin: Client) -> None:
    id = (await invite(admin)).payload("inviteMember")["invitation"]["id"]
    member = world.here.client()
    assert (await invite(member, "other@nowhere.test")).codes == ["FORBIDDEN"]
    assert (await revoke(member, id)).codes == ["FORBIDDEN"]
    assert (await member(documents.NODE, id=id)).data["node"] is None
    assert (await member(documents.CURRENT_TENANT)).data["tenant"]["invitations"]["totalCount"] == 0


async def test_only_owners_have_to_do_with_invitations_of_owners(
    world: World, admin: Client, owner: Client, letterbox: Letterbox
) -> None:
    assert (await invite(admin, role="OWNER")).codes == ["FORBIDDEN"]
    id = (await invite(owner, role="OWNER")).payload("inviteMember")["invitation"]["id"]
    assert (await invite(admin, role="MEMBER")).codes == ["FORBIDDEN"]
    assert (await revoke(admin, id)).codes == ["FORBIDDEN"]
    assert (await revoke(owner, id)).payload("revokeInvitation")
    assert (await invite(admin, role="MEMBER")).payload("inviteMember")["invitation"]["role"] == "MEMBER"
    stranger = world.client(await world.stranger(EMAIL))
    (await accept(stranger, (await letterbox.last(EMAIL)).token)).payload("acceptInvitation")
    assert (await roles(world.here))[EMAIL] is Role.MEMBER


async def test_a_revoked_invitation_is_void_and_an_accepted_one_is_not_revoked(
    world: World, admin: Client, letterbox: Letterbox
) -> None:
    stranger = world.client(await world.stranger(EMAIL))
    id = (await invite(admin)).payload("inviteMember")["invitation"]["id"]
    first = (await revoke(admin, id)).payload("revokeInvitation")["invitation"]
    assert first["revokedAt"] is not None
    assert (await revoke(admin, id)).payload("revokeInvitation")["invitation"] == first
    assert (await accept(stranger, (await letterbox.last(EMAIL)).token)).refusals("acceptInvitation") == VOID
    await invite(admin)
    (await accept(stranger, (await letterbox.last(EMAIL)).token)).payload("acceptInvitation")
    assert (await revoke(admin, id)).refusals("revokeInvitation") == [("CONFLICT", ["id"])]


async def test_accepting_and_revoking_at_once(world: World, admin: Client, letterbox: Letterbox) -> None:
    stranger = world.client(await world.stranger(EMAIL))
    id = (await invite(admin)).payload("inviteMember")["invitation"]["id"]
    token = (await letterbox.last(EMAIL)).token
    accepted, revoked = await asyncio.gather(accept(stranger, token), revoke(admin, id))
    refusals = (accepted.refusals("acceptInvitation"), revoked.refusals("revokeInvitation"))
    assert refusals in (([], [("CONFLICT", ["id"])]), (VOID, []))
    assert (EMAIL in await roles(world.here)) is (refusals[0] == [])


async def test_invitations_of_other_tenants_are_not_found(world: World, admin: Client) -> None:
    foreign = (await invite(world.there.client(Role.OWNER))).payload("inviteMember")["invitation"]["id"]
    for id in (foreign, public_id("invitation", new_id()), "invitation_", "x"):
        assert (await revoke(admin, id)).refusals("revokeInvitation") == [("NOT_FOUND", ["id"])]
        assert (await admin(documents.NODE, id=id)).data["node"] is None


async def test_a_closed_tenant_takes_nobody_in(world: World, owner: Client, letterbox: Letterbox) -> None:
    stranger = world.client(await world.stranger(EMAIL))
    await invite(owner)
    (await owner(documents.CLOSE_TENANT, id=public_id("tenant", world.here.tenant_id))).payload("closeTenant")
    assert (await accept(stranger, (await letterbox.last(EMAIL)).token)).refusals("acceptInvitation") == VOID
    assert EMAIL not in await roles(world.here)


async def test_what_somebody_wrote_who_may_invite_no_more_is_void(
    world: World, owner: Client, letterbox: Letterbox
) -> None:
    """Or whoever is removed could come back through a friend they invited before."""
    second = await join(world.here, "second@here.test", Role.OWNER)
    strangers = {role: await world.stranger(f"{role.lower()}@nowhere.test") for role in Role}
    for role, stranger in strangers.items():
        (await invite(world.client(second, "here"), stranger.email, role=role)).payload("inviteMember")
    tokens = {role: (await letterbox.last(stranger.email)).token for role, stranger in strangers.items()}
    place = await place_of(world.here, second)
    (await owner(documents.CHANGE_MEMBER_ROLE, id=place, role=Role.ADMIN)).payload("changeMemberRole")
    as_owner, as_admin, as_member = (world.client(strangers[role]) for role in Role)
    assert (await accept(as_owner, tokens[Role.OWNER])).refusals("acceptInvitation") == VOID
    assert (await accept(as_admin, tokens[Role.ADMIN])).payload("acceptInvitation")
    (await owner(documents.REMOVE_MEMBER, id=place)).payload("removeMember")
    assert (await accept(as_member, tokens[Role.MEMBER])).refusals("acceptInvitation") == VOID


async def test_invitations_are_filtered_and_sorted(admin: Client) -> None:
    for name in "cab":
        id = (await invite(admin, f"{name}@nowhere.test")).payload("inviteMember")["invitation"]["id"]
    await revoke(admin, id)
    query = """query ($where: InvitationWhere, $orderBy: [InvitationOrder!]) {
      tenant { invitations(where: $where, orderBy: $orderBy) { totalCount nodes { email } } }
    }"""
    order = [{"field": "EMAIL", "direction": "ASC"}]
    found = (await admin(query, where={"revokedAt": {"isNull": True}}, orderBy=order)).data["tenant"]["invitations"]
    assert [each["email"] for each in found["nodes"]] == ["a@nowhere.test", "c@nowhere.test"]
