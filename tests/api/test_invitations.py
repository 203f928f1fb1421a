"""Invitations are sent, renewed, revoked and accepted, by users with and without an account."""

import asyncio
import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from models import Invitation, User
from models.base import utc_now
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from services.people import secrets
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.memberships import add_member, membership_id, roles_by_email

EMAIL = "outsider@nowhere.test"


async def invite(client: Client, email: str = EMAIL, **values: Any) -> GraphQLResponse:
    """Send an invitation."""
    return await client(documents.INVITE_MEMBER, input={"email": email, **values})


async def accept(client: Client, token: str) -> GraphQLResponse:
    """Accept an invitation."""
    return await client(documents.ACCEPT_INVITATION, token=token)


async def revoke(client: Client, id: str) -> GraphQLResponse:
    """Revoke an invitation."""
    return await client(documents.REVOKE_INVITATION, id=id)


async def test_existing_user_is_invited_and_accepts(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    outsider = app_fixture.client(await app_fixture.create_user(EMAIL))
    invitation = (await invite(admin_client, " Outsider@Nowhere.test ", role="ADMIN")).payload("inviteMember")[
        "invitation"
    ]
    assert invitation == invitation | {"email": EMAIL, "role": "ADMIN", "acceptedAt": None, "revokedAt": None}
    assert (invitation["tenant"]["slug"], invitation["invitedBy"]["fullName"]) == ("here", "Admin Here")
    email = await email_capture.last_email(EMAIL)
    assert email.subject == "Admin Here invites you to Here"
    membership = (await accept(outsider, email.link_token)).payload("acceptInvitation")["membership"]
    assert (membership["role"], membership["tenant"]["slug"], membership["user"]["email"]) == ("ADMIN", "here", EMAIL)
    assert (await outsider.with_headers(**{"X-Tenant": "here"})(documents.connection("Task"))).data["tasks"]
    tenant = (await admin_client(documents.CURRENT_TENANT)).data["tenant"]
    assert tenant["members"]["totalCount"] == 4
    node = f"query ($id: ID!) {{ node(id: $id) {{ ... on Invitation {{ {documents.INVITATION_FIELDS} }} }} }}"
    assert (await admin_client(node, id=invitation["id"])).data["node"]["acceptedAt"] is not None


async def test_invitation_does_not_reveal_whether_account_exists(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    registered = (await invite(admin_client, "owner@there.test")).payload("inviteMember")["invitation"]
    unregistered = (await invite(admin_client, "unknown@there.test")).payload("inviteMember")["invitation"]
    expected_differences = {"id", "email", "expiresAt", "createdAt", "updatedAt"}
    assert {name for name in registered if registered[name] != unregistered[name]} == expected_differences
    first, second = (
        await email_capture.last_email("owner@there.test"),
        await email_capture.last_email("unknown@there.test"),
    )
    assert first.text.replace(first.link_token, "") == second.text.replace(second.link_token, "")
    assert await roles_by_email(app_fixture.other_tenant) == {
        user.email: role for role, user in app_fixture.other_tenant.users.items()
    }


async def test_user_without_account_registers_and_accepts(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    await invite(admin_client)
    invited_client = app_fixture.client(await app_fixture.create_user(EMAIL))
    assert (await accept(invited_client, (await email_capture.last_email(EMAIL)).link_token)).payload(
        "acceptInvitation"
    )
    assert (await roles_by_email(app_fixture.tenant))[EMAIL] is Role.MEMBER


async def test_accepting_verifies_email(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    user = await app_fixture.create_user(EMAIL, email_verified_at=None)
    await invite(admin_client)
    assert user.email_verified_at is None
    (await accept(app_fixture.client(user), (await email_capture.last_email(EMAIL)).link_token)).payload(
        "acceptInvitation"
    )
    table = table_of(User)
    (row,) = await app_fixture.fetch_rows(select(table).where(table.c.id == user.id))
    assert row.email_verified_at is not None


INVALID_TOKEN_ERROR = [("INVALID", ["token"])]


async def test_only_invited_email_can_accept(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    await invite(admin_client)
    token = (await email_capture.last_email(EMAIL)).link_token
    other_client = app_fixture.client(await app_fixture.create_user("attacker@nowhere.test"))
    assert (await accept(other_client, token)).user_errors("acceptInvitation") == INVALID_TOKEN_ERROR
    assert (await accept(app_fixture.other_tenant.client(Role.OWNER), token)).user_errors(
        "acceptInvitation"
    ) == INVALID_TOKEN_ERROR
    assert (await accept(app_fixture.client(), token)).error_codes == ["UNAUTHENTICATED"]
    assert "attacker@nowhere.test" not in await roles_by_email(app_fixture.tenant)
    assert (await accept(app_fixture.client(await app_fixture.create_user(EMAIL)), token)).payload("acceptInvitation")


@pytest.mark.parametrize("token", ["", "invite_", "x" * 5000, "invite_\u0000", f"{secrets.EMAIL_TOKEN_PREFIX}abc", "☃"])
async def test_unknown_token_is_rejected(token: str, app_fixture: AppFixture) -> None:
    response = await accept(app_fixture.client(await app_fixture.create_user(EMAIL)), token)
    assert response.error_codes in ([], ["BAD_USER_INPUT"])  # a NUL is rejected before execution
    assert response.error_codes or response.user_errors("acceptInvitation") == INVALID_TOKEN_ERROR


async def test_invitation_is_accepted_once_and_before_expiry(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    outsider, table = app_fixture.client(await app_fixture.create_user(EMAIL)), table_of(Invitation)
    await invite(admin_client)
    token = (await email_capture.last_email(EMAIL)).link_token
    await app_fixture.execute_sql(update(table).values(expires_at=utc_now() - datetime.timedelta(seconds=1)))
    assert (await accept(outsider, token)).user_errors("acceptInvitation") == INVALID_TOKEN_ERROR
    await app_fixture.execute_sql(update(table).values(expires_at=utc_now() + datetime.timedelta(seconds=60)))
    assert (await accept(outsider, token)).payload("acceptInvitation")
    (
        await outsider.with_headers(**{"X-Tenant": "here"})(
            documents.LEAVE_TENANT, id=public_id("tenant", app_fixture.tenant.id)
        )
    ).payload("leaveTenant")
    assert (await accept(outsider, token)).user_errors("acceptInvitation") == INVALID_TOKEN_ERROR


async def test_one_of_many_concurrent_acceptances_succeeds(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    outsider = app_fixture.client(await app_fixture.create_user(EMAIL))
    await invite(admin_client)
    token = (await email_capture.last_email(EMAIL)).link_token
    responses = await asyncio.gather(*(accept(outsider, token) for _ in range(10)))
    assert (
        sorted(response.user_errors("acceptInvitation") for response in responses) == [[]] + [INVALID_TOKEN_ERROR] * 9
    )
    assert len(await roles_by_email(app_fixture.tenant)) == 4


async def test_repeated_invitation_renews_token(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    outsider = app_fixture.client(await app_fixture.create_user(EMAIL))
    first = (await invite(admin_client)).payload("inviteMember")["invitation"]
    await revoke(admin_client, first["id"])
    second = (await invite(admin_client, EMAIL.upper(), role="ADMIN")).payload("inviteMember")["invitation"]
    assert (second["id"], second["role"], second["revokedAt"]) == (first["id"], "ADMIN", None)
    assert second["expiresAt"] > first["expiresAt"]
    old, new = [email.link_token for email in await email_capture.sent_emails(EMAIL)]
    assert (await accept(outsider, old)).user_errors("acceptInvitation") == INVALID_TOKEN_ERROR
    assert (await accept(outsider, new)).payload("acceptInvitation")["membership"]["role"] == "ADMIN"


async def test_only_last_of_concurrent_invitations_is_valid(
    app_fixture: AppFixture, admin_client: Client, owner_client: Client, email_capture: EmailCapture
) -> None:
    responses = await asyncio.gather(*(invite(client) for client in (admin_client, owner_client) * 5))
    assert len({response.payload("inviteMember")["invitation"]["id"] for response in responses}) == 1
    outsider = app_fixture.client(await app_fixture.create_user(EMAIL))
    tokens = [email.link_token for email in await email_capture.sent_emails(EMAIL)]
    outcomes = [(await accept(outsider, token)).user_errors("acceptInvitation") for token in tokens]
    assert sorted(outcomes) == [[]] + [INVALID_TOKEN_ERROR] * 9


async def test_members_are_not_invited(admin_client: Client, email_capture: EmailCapture) -> None:
    response = await invite(admin_client, "Owner@Here.test")
    assert response.user_errors("inviteMember") == [("TAKEN", ["input", "email"])]
    assert await email_capture.sent_emails() == []


@pytest.mark.parametrize(
    ("email", "code"),
    [("", "INVALID"), ("unknown", "INVALID"), (f"{'x' * 250}@x.test", "TOO_LONG"), ("a@b\nc", "INVALID")],
)
async def test_invalid_email_is_not_invited(
    email: str, code: str, admin_client: Client, email_capture: EmailCapture
) -> None:
    response = await invite(admin_client, email)
    assert response.user_errors("inviteMember") == [(code, ["input", "email"])]
    assert await email_capture.sent_emails() == []


async def test_members_cannot_invite_list_or_revoke(app_fixture: AppFixture, admin_client: Client) -> None:
    id = (await invite(admin_client)).payload("inviteMember")["invitation"]["id"]
    member_client = app_fixture.tenant.client()
    assert (await invite(member_client, "other@nowhere.test")).error_codes == ["FORBIDDEN"]
    assert (await revoke(member_client, id)).error_codes == ["FORBIDDEN"]
    assert (await member_client(documents.NODE, id=id)).data["node"] is None
    assert (await member_client(documents.CURRENT_TENANT)).data["tenant"]["invitations"]["totalCount"] == 0


async def test_only_owners_manage_owner_invitations(
    app_fixture: AppFixture, admin_client: Client, owner_client: Client, email_capture: EmailCapture
) -> None:
    assert (await invite(admin_client, role="OWNER")).error_codes == ["FORBIDDEN"]
    id = (await invite(owner_client, role="OWNER")).payload("inviteMember")["invitation"]["id"]
    assert (await invite(admin_client, role="MEMBER")).error_codes == ["FORBIDDEN"]
    assert (await revoke(admin_client, id)).error_codes == ["FORBIDDEN"]
    assert (await revoke(owner_client, id)).payload("revokeInvitation")
    assert (await invite(admin_client, role="MEMBER")).payload("inviteMember")["invitation"]["role"] == "MEMBER"
    outsider = app_fixture.client(await app_fixture.create_user(EMAIL))
    (await accept(outsider, (await email_capture.last_email(EMAIL)).link_token)).payload("acceptInvitation")
    assert (await roles_by_email(app_fixture.tenant))[EMAIL] is Role.MEMBER


async def test_revoked_invitation_is_invalid_and_accepted_one_is_not_revoked(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    outsider = app_fixture.client(await app_fixture.create_user(EMAIL))
    id = (await invite(admin_client)).payload("inviteMember")["invitation"]["id"]
    first = (await revoke(admin_client, id)).payload("revokeInvitation")["invitation"]
    assert first["revokedAt"] is not None
    assert (await revoke(admin_client, id)).payload("revokeInvitation")["invitation"] == first
    assert (await accept(outsider, (await email_capture.last_email(EMAIL)).link_token)).user_errors(
        "acceptInvitation"
    ) == INVALID_TOKEN_ERROR
    await invite(admin_client)
    (await accept(outsider, (await email_capture.last_email(EMAIL)).link_token)).payload("acceptInvitation")
    assert (await revoke(admin_client, id)).user_errors("revokeInvitation") == [("CONFLICT", ["id"])]


async def test_either_concurrent_accept_or_revoke_succeeds(
    app_fixture: AppFixture, admin_client: Client, email_capture: EmailCapture
) -> None:
    outsider = app_fixture.client(await app_fixture.create_user(EMAIL))
    id = (await invite(admin_client)).payload("inviteMember")["invitation"]["id"]
    token = (await email_capture.last_email(EMAIL)).link_token
    accepted, revoked = await asyncio.gather(accept(outsider, token), revoke(admin_client, id))
    user_errors = (accepted.user_errors("acceptInvitation"), revoked.user_errors("revokeInvitation"))
    assert user_errors in (([], [("CONFLICT", ["id"])]), (INVALID_TOKEN_ERROR, []))
    assert (EMAIL in await roles_by_email(app_fixture.tenant)) is (user_errors[0] == [])


async def test_invitations_of_other_tenants_are_not_found(app_fixture: AppFixture, admin_client: Client) -> None:
    foreign_id = (await invite(app_fixture.other_tenant.client(Role.OWNER))).payload("inviteMember")["invitation"]["id"]
    for id in (foreign_id, public_id("invitation", new_id()), "invitation_", "x"):
        assert (await revoke(admin_client, id)).user_errors("revokeInvitation") == [("NOT_FOUND", ["id"])]
        assert (await admin_client(documents.NODE, id=id)).data["node"] is None


async def test_closed_tenant_accepts_no_invitation(
    app_fixture: AppFixture, owner_client: Client, email_capture: EmailCapture
) -> None:
    outsider = app_fixture.client(await app_fixture.create_user(EMAIL))
    await invite(owner_client)
    (await owner_client(documents.CLOSE_TENANT, id=public_id("tenant", app_fixture.tenant.id))).payload("closeTenant")
    assert (await accept(outsider, (await email_capture.last_email(EMAIL)).link_token)).user_errors(
        "acceptInvitation"
    ) == INVALID_TOKEN_ERROR
    assert EMAIL not in await roles_by_email(app_fixture.tenant)


async def test_invitation_is_invalid_when_inviter_loses_permission(
    app_fixture: AppFixture, owner_client: Client, email_capture: EmailCapture
) -> None:
    """Otherwise a removed owner could regain access through an earlier invitation."""
    second_owner = await add_member(app_fixture.tenant, "second@here.test", Role.OWNER)
    outsiders = {role: await app_fixture.create_user(f"{role.lower()}@nowhere.test") for role in Role}
    for role, outsider in outsiders.items():
        (await invite(app_fixture.client(second_owner, "here"), outsider.email, role=role)).payload("inviteMember")
    tokens = {role: (await email_capture.last_email(outsider.email)).link_token for role, outsider in outsiders.items()}
    membership = await membership_id(app_fixture.tenant, second_owner)
    (await owner_client(documents.CHANGE_MEMBER_ROLE, id=membership, role=Role.ADMIN)).payload("changeMemberRole")
    as_owner, as_admin, as_member = (app_fixture.client(outsiders[role]) for role in Role)
    assert (await accept(as_owner, tokens[Role.OWNER])).user_errors("acceptInvitation") == INVALID_TOKEN_ERROR
    assert (await accept(as_admin, tokens[Role.ADMIN])).payload("acceptInvitation")
    (await owner_client(documents.REMOVE_MEMBER, id=membership)).payload("removeMember")
    assert (await accept(as_member, tokens[Role.MEMBER])).user_errors("acceptInvitation") == INVALID_TOKEN_ERROR


async def test_invitations_are_filtered_and_sorted(admin_client: Client) -> None:
    for name in "cab":
        id = (await invite(admin_client, f"{name}@nowhere.test")).payload("inviteMember")["invitation"]["id"]
    await revoke(admin_client, id)
    query = """query ($where: InvitationWhere, $orderBy: [InvitationOrder!]) {
      tenant { invitations(where: $where, orderBy: $orderBy) { totalCount nodes { email } } }
    }"""
    order = [{"field": "EMAIL", "direction": "ASC"}]
    invitations = (await admin_client(query, where={"revokedAt": {"isNull": True}}, orderBy=order)).data["tenant"][
        "invitations"
    ]
    assert [node["email"] for node in invitations["nodes"]] == ["a@nowhere.test", "c@nowhere.test"]
