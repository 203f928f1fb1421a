"""Linking accounts at issuers to the signed-in user, and removing the links."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from models import LinkedIssuer, Session, User
from models.base import utc_now
from models.email_token import Purpose
from models.membership import Role
from models.relations import table_of
from tests.oidc.conftest import SignIn
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture, known_email_token
from tests.support.client import Client, GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.issuer_documents import LINK_ISSUER, LINKED_ISSUERS, UNLINK_ISSUER
from tests.support.issuer_keys import ISSUER, id_token
from tests.support.memberships import make_superuser
from tests.support.sample_data import build_link

MEMBER = "member@here.test"
LINK, UNLINK = "linkIssuer", "unlinkIssuer"
NEW_PASSWORD = "Another-secret-7!"


@pytest.fixture(autouse=True)
async def verified_users(app_fixture: AppFixture) -> None:
    """All users have verified their addresses."""
    await set_verified(app_fixture, utc_now())


async def set_verified(app_fixture: AppFixture, time: datetime | None) -> None:
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=time))


async def reset_password(app_fixture: AppFixture) -> None:
    token = known_email_token(Purpose.RESET_PASSWORD, MEMBER)
    response = await app_fixture.client()(documents.RESET_PASSWORD, input={"token": token, "newPassword": NEW_PASSWORD})
    assert response.payload("resetPassword")["done"]


async def link(client: Client, token: str, **values: str) -> GraphQLResponse:
    return await client(LINK_ISSUER, input={"idToken": token, "currentPassword": PASSWORD, **values})


async def links_of(client: Client) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await client(LINKED_ISSUERS)).data["viewer"]["linkedIssuers"]["nodes"]
    return nodes


async def remove_password(app_fixture: AppFixture) -> None:
    user = table_of(User)
    await app_fixture.execute_sql(update(user).where(user.c.email == MEMBER).values(password_hash=None))


async def test_linked_account_signs_in_until_it_is_unlinked(
    app_fixture: AppFixture, sign_in: SignIn, email_capture: EmailCapture
) -> None:
    client = app_fixture.tenant.client()
    created = (await link(client, id_token("s", "other@else.test", email_verified=False))).payload(LINK)["linkedIssuer"]
    assert created == created | {"issuer": ISSUER, "subject": "s", "email": "other@else.test", "lastUsedAt": None}
    (email,) = await email_capture.sent_emails()
    assert (email.recipient, email.subject) == (MEMBER, "A new way to sign in to your account")
    assert (await sign_in(id_token("s"))).payload("loginWithIssuer")["user"]["email"] == MEMBER
    (listed,) = await links_of(client)
    assert listed["lastUsedAt"]
    assert (await client(UNLINK_ISSUER, id=created["id"])).payload(UNLINK)["deletedId"] == created["id"]
    assert await links_of(client) == []
    assert (await sign_in(id_token("s"))).user_errors("loginWithIssuer") == [("BAD_CREDENTIALS", ["input", "idToken"])]


async def test_linking_requires_the_password(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    for password in ("", "Wrong-horse-1!"):
        response = await link(client, id_token("s"), currentPassword=password)
        assert response.user_errors(LINK) == [("BAD_CREDENTIALS", ["input", "currentPassword"])]
    response = await client(LINK_ISSUER, input={"idToken": id_token("s")})
    assert response.user_errors(LINK) == [("BAD_CREDENTIALS", ["input", "currentPassword"])]
    assert (await app_fixture.client()(LINK_ISSUER, input={"idToken": id_token("s")})).error_codes == [
        "UNAUTHENTICATED"
    ]
    assert await links_of(client) == []


async def test_unverified_address_is_no_way_into_the_account_of_its_owner(
    app_fixture: AppFixture, sign_in: SignIn, email_capture: EmailCapture
) -> None:
    """Someone registers with the address of another person, and links an account. That person sets a new password."""
    await set_verified(app_fixture, None)
    attacker = app_fixture.tenant.client()
    assert (await link(attacker, id_token("attacker"))).user_errors(LINK) == [("WRONG_STATUS", ["input"])]
    assert await links_of(attacker) == []
    user = app_fixture.tenant.users[Role.MEMBER]
    old_link = build_link(user, "attacker")  # as it could be made by an administrator's change of the address
    await app_fixture.tenant.run_use_case(lambda work: work.add(old_link))
    other_link = build_link(app_fixture.tenant.users[Role.ADMIN], "admin")
    await app_fixture.tenant.run_use_case(lambda work: work.add(other_link))
    await reset_password(app_fixture)
    refused = await sign_in(id_token("attacker", "attacker@else.test"))
    assert refused.user_errors("loginWithIssuer") == [("BAD_CREDENTIALS", ["input", "idToken"])]
    assert (await link(attacker, id_token("attacker"))).error_codes == ["UNAUTHENTICATED"]
    (row,) = await app_fixture.fetch_rows(select(table_of(LinkedIssuer)))
    assert row.subject == "admin"
    assert [email.subject for email in await email_capture.sent_emails()] == ["Your password was reset"]
    assert (await sign_in(id_token("owner", MEMBER))).payload("loginWithIssuer")["user"]["email"] == MEMBER


async def test_password_reset_removes_and_names_the_links_of_a_verified_address(
    app_fixture: AppFixture, sign_in: SignIn, email_capture: EmailCapture
) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(build_link(user, "s"), build_link(user, "t")))
    await reset_password(app_fixture)
    (email,) = await email_capture.sent_emails()
    assert (email.recipient, email.subject, email.text.count(ISSUER)) == (MEMBER, "Your password was reset", 1)
    assert await app_fixture.fetch_rows(select(table_of(LinkedIssuer))) == []
    refused = await sign_in(id_token("s", "attacker@else.test"))
    assert refused.user_errors("loginWithIssuer") == [("BAD_CREDENTIALS", ["input", "idToken"])]
    assert (await sign_in(id_token("s", MEMBER))).payload("loginWithIssuer")["user"]["email"] == MEMBER


async def test_user_without_password_must_have_signed_in_recently(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    await remove_password(app_fixture)
    session = table_of(Session)
    await app_fixture.execute_sql(update(session).values(created_at=utc_now() - timedelta(minutes=11)))
    response = await client(LINK_ISSUER, input={"idToken": id_token("s")})
    assert response.user_errors(LINK) == [("REQUIRED", ["input", "currentPassword"])]
    await app_fixture.execute_sql(update(session).values(created_at=utc_now() - timedelta(minutes=9)))
    assert (await client(LINK_ISSUER, input={"idToken": id_token("s")})).payload(LINK)


async def test_account_of_another_user_cannot_be_linked(app_fixture: AppFixture) -> None:
    member, admin = app_fixture.tenant.client(), app_fixture.tenant.client(Role.ADMIN)
    first = (await link(member, id_token("s"))).payload(LINK)["linkedIssuer"]
    assert (await link(admin, id_token("s"))).user_errors(LINK) == [("TAKEN", ["input", "idToken"])]
    assert (await link(member, id_token("s"))).payload(LINK)["linkedIssuer"]["id"] == first["id"]
    token = id_token("t")
    assert (await link(member, token)).payload(LINK)
    assert (await link(member, token)).user_errors(LINK) == [("BAD_CREDENTIALS", ["input", "idToken"])]


async def test_concurrent_links_of_one_account_have_one_winner(app_fixture: AppFixture) -> None:
    clients = [app_fixture.tenant.client(role) for role in Role]
    responses = await asyncio.gather(*(link(client, id_token("s")) for client in clients))
    errors = sorted(len(response.data[LINK]["userErrors"]) for response in responses)
    assert errors == [0, 1, 1]
    ((number,),) = await app_fixture.fetch_rows(select(func.count()).select_from(table_of(LinkedIssuer)))
    assert number == 1


async def test_links_are_seen_and_removed_by_their_user_only(app_fixture: AppFixture) -> None:
    created = (await link(app_fixture.tenant.client(), id_token("s"))).payload(LINK)["linkedIssuer"]
    await make_superuser(app_fixture, app_fixture.tenant.users[Role.ADMIN])
    members = "tenant { members { nodes { user { linkedIssuers { totalCount } } } } }"
    query = f"query ($id: ID!) {{ node(id: $id) {{ id }} {members} }}"
    for role in (Role.OWNER, Role.ADMIN):
        client = app_fixture.tenant.client(role)
        data = (await client(query, id=created["id"])).data
        assert data["node"] is None
        assert {each["user"]["linkedIssuers"]["totalCount"] for each in data["tenant"]["members"]["nodes"]} == {0}
        assert (await client(UNLINK_ISSUER, id=created["id"])).user_errors(UNLINK) == [("NOT_FOUND", ["id"])]
    for id in ("", "linked_issuer_", created["id"].upper()):
        response = await app_fixture.tenant.client()(UNLINK_ISSUER, id=id)
        assert response.user_errors(UNLINK) == [("NOT_FOUND", ["id"])]
    assert (await app_fixture.tenant.client()(query, id=created["id"])).data["node"] == {"id": created["id"]}


async def test_only_way_to_sign_in_cannot_be_removed(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    first, second = [(await link(client, id_token(name))).payload(LINK)["linkedIssuer"]["id"] for name in "st"]
    await remove_password(app_fixture)
    responses = await asyncio.gather(*(client(UNLINK_ISSUER, id=id) for id in (first, second)))
    errors = sorted(response.user_errors(UNLINK) for response in responses)
    assert errors == [[], [("WRONG_STATUS", ["id"])]]
    assert len(await links_of(client)) == 1


async def test_links_are_deleted_with_the_user(app_fixture: AppFixture) -> None:
    assert (await link(app_fixture.tenant.client(), id_token("s", MEMBER))).payload(LINK)
    await make_superuser(app_fixture, app_fixture.tenant.users[Role.OWNER])
    member_id = (await app_fixture.tenant.client()("{ viewer { id } }")).data["viewer"]["id"]
    delete = "mutation ($id: ID!) { deleteUser(id: $id) { deletedId userErrors { code } } }"
    assert (await app_fixture.tenant.client(Role.OWNER)(delete, id=member_id)).payload("deleteUser")["deletedId"]
    assert await app_fixture.fetch_rows(select(table_of(LinkedIssuer))) == []
