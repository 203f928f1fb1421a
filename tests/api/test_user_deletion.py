"""Superusers delete users: personal data is removed, and the objects that users created remain."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from models import EmailToken, Invitation, Membership, RefreshToken, Session, User
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture, global_id
from tests.support.client import Client
from tests.support.memberships import ALL_EMAILS, load_user


@pytest.mark.any_server
async def test_deleted_user_is_anonymized_and_their_objects_remain(
    app_fixture: AppFixture, superuser_client: Client
) -> None:
    admin = app_fixture.tenant.users[Role.ADMIN]
    client = app_fixture.tenant.client(Role.ADMIN)
    (await client(documents.create("Team"), input={"name": "Remaining"})).payload("createTeam")
    (await client(documents.INVITE_MEMBER, input={"email": "friend@nowhere.test"})).payload("inviteMember")
    invitation_of_admin = app_fixture.other_tenant.client(Role.OWNER)(
        documents.INVITE_MEMBER, input={"email": admin.email}
    )
    (await invitation_of_admin).payload("inviteMember")
    await client(documents.LOGIN, input={"email": admin.email, "password": PASSWORD})
    assert (await superuser_client(documents.DELETE_USER, id=global_id(admin))).payload("deleteUser")[
        "deletedId"
    ] == global_id(admin)
    row = await load_user(app_fixture, admin)
    assert (row.email, row.full_name) == (f"deleted-{admin.id.hex}@deleted.invalid", "Deleted user")
    personal_columns = (row.password_hash, row.last_login, row.email_verified_at, row.is_active, row.is_superuser)
    assert personal_columns == (None, None, None, False, False)
    assert await count_user_rows(app_fixture, admin) == {
        Session: 0,
        RefreshToken: 0,
        EmailToken: 0,
        Membership: 0,
        Invitation: 0,
    }
    assert (await client(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    owner = app_fixture.tenant.client(Role.OWNER)
    assert {team["name"] for team in (await owner(documents.connection("Team"))).data["teams"]["nodes"]} == {
        "Remaining"
    }
    tenant = (await owner(documents.CURRENT_TENANT)).data["tenant"]
    assert admin.email not in str(tenant)
    query = "{ tenant { invitations { nodes { email revokedAt invitedBy { id } } } } }"
    (invitation,) = (await owner(query)).data["tenant"]["invitations"]["nodes"]
    assert (invitation["email"], invitation["invitedBy"]) == ("friend@nowhere.test", None)
    assert invitation["revokedAt"] is not None
    emails = {user["email"] for user in (await superuser_client(documents.USERS)).data["users"]["nodes"]}
    assert emails == ALL_EMAILS - {admin.email} | {"root@server.test"}


async def count_user_rows(app_fixture: AppFixture, user: User) -> dict[Any, int]:
    """Count the rows that refer to a user, by model."""
    session, email_token, membership = table_of(Session), table_of(EmailToken), table_of(Membership)
    invitation, token = table_of(Invitation), table_of(RefreshToken)
    session_ids = select(session.c.id)
    conditions = {
        Session: session.c.user_id == user.id,
        RefreshToken: token.c.session_id.not_in(session_ids),
        EmailToken: email_token.c.user_id == user.id,
        Membership: membership.c.user_id == user.id,
        Invitation: invitation.c.email == user.email,
    }
    counts = {}
    for model, condition in conditions.items():
        ((counts[model],),) = await app_fixture.fetch_rows(
            select(func.count()).select_from(table_of(model)).where(condition)
        )
    return counts


async def test_repeated_delete_is_idempotent(app_fixture: AppFixture, superuser_client: Client) -> None:
    id = global_id(app_fixture.tenant.users[Role.MEMBER])
    responses = await asyncio.gather(*(superuser_client(documents.DELETE_USER, id=id) for _ in range(5)))
    assert {response.payload("deleteUser")["deletedId"] for response in responses} == {id}
    row = await load_user(app_fixture, app_fixture.tenant.users[Role.MEMBER])
    assert (await superuser_client(documents.DELETE_USER, id=id)).payload("deleteUser")["deletedId"] == id
    assert await load_user(app_fixture, app_fixture.tenant.users[Role.MEMBER]) == row
    assert (await superuser_client(documents.SET_USERS_ACTIVE, ids=[id], active=True)).user_errors(
        "setUsersActive"
    ) == [("NOT_FOUND", ["ids", "0"])]
    for other in (public_id("user", new_id()), "user_", ""):
        assert (await superuser_client(documents.DELETE_USER, id=other)).user_errors("deleteUser") == [
            ("NOT_FOUND", ["id"])
        ]


async def test_email_of_deleted_user_can_be_reused(app_fixture: AppFixture, superuser_client: Client) -> None:
    member = app_fixture.tenant.users[Role.MEMBER]
    (await superuser_client(documents.DELETE_USER, id=global_id(member))).payload("deleteUser")
    new = [{"email": member.email, "fullName": "Another"}]
    (user,) = (await superuser_client(documents.BULK_CREATE_USERS, input=new)).payload("bulkCreateUsers")["users"]
    assert user["id"] != global_id(member)
