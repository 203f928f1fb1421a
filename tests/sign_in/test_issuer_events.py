"""Sign-in events of issuers: signing in with ID tokens, refused tokens, and links."""

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from models import SignInEvent, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from tests.sign_in.helpers import MEMBER, own_events, settle, tenant_events
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.issuer_documents import LINK_ISSUER, LOGIN_WITH_ISSUER, UNLINK_ISSUER
from tests.support.issuer_keys import ISSUER, id_token
from tests.support.sample_data import build_invitation, build_link, known_invitation_token

LOGIN = "loginWithIssuer"
REFUSED = [("BAD_CREDENTIALS", ["input", "idToken"])]


async def sign_in(app_fixture: AppFixture, token: str, **values: str) -> GraphQLResponse:
    """Sign in with an ID token."""
    return await app_fixture.client()(LOGIN_WITH_ISSUER, input={"idToken": token, **values})


async def link_member(app_fixture: AppFixture, subject: str = "s") -> None:
    """Link an account at the issuer to the member, without an event."""
    member = app_fixture.tenant.users[Role.MEMBER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(build_link(member, subject)))


async def events_of_member(app_fixture: AppFixture) -> list[tuple[str, int, str | None]]:
    """Return kind, count and detail of the member's events, the newest first."""
    events = await own_events(app_fixture.tenant.client())
    return [(each["kind"], each["count"], each["detail"]) for each in events]


async def test_sign_in_shows_the_issuer(app_fixture: AppFixture) -> None:
    await link_member(app_fixture)
    payload = (await sign_in(app_fixture, id_token("s"))).payload(LOGIN)
    (event,) = await own_events(app_fixture.client().with_token(payload["accessToken"]))
    assert (event["kind"], event["detail"], event["user"]) == ("LOGGED_IN", ISSUER, {"email": MEMBER})
    assert event["sessionId"].startswith("session_")
    assert await tenant_events(app_fixture.tenant.client(Role.OWNER)) == [event]
    assert await tenant_events(app_fixture.other_tenant.client(Role.OWNER)) == []


async def test_first_sign_in_with_a_verified_address_is_a_link_too(app_fixture: AppFixture) -> None:
    user = table_of(User)
    await app_fixture.execute_sql(update(user).where(user.c.email == MEMBER).values(email_verified_at=utc_now()))
    for _ in range(2):
        assert (await sign_in(app_fixture, id_token("s", MEMBER))).payload(LOGIN)
    assert await events_of_member(app_fixture) == [
        ("LOGGED_IN", 1, ISSUER), ("LOGGED_IN", 1, ISSUER), ("ISSUER_LINKED", 1, ISSUER),
    ]  # fmt: skip


async def test_created_account_is_a_registration(app_fixture: AppFixture) -> None:
    tenant, email = app_fixture.tenant, "new@new.test"
    await tenant.run_use_case(lambda work: work.add(build_invitation(tenant, email)))
    response = await sign_in(app_fixture, id_token("s", email), invitationToken=known_invitation_token(email))
    client = app_fixture.client().with_token(response.payload(LOGIN)["accessToken"])
    events = [(each["kind"], each["detail"]) for each in await own_events(client)]
    assert events == [("LOGGED_IN", ISSUER), ("ISSUER_LINKED", ISSUER), ("REGISTERED", ISSUER)]
    (seen,) = await tenant_events(tenant.client(Role.OWNER))
    assert seen["kind"] == "LOGGED_IN"  # the others happened before the person became a member


async def test_refused_tokens_of_a_linked_account_are_one_event(app_fixture: AppFixture, app: FastAPI) -> None:
    await link_member(app_fixture)
    token = id_token("s")
    assert (await sign_in(app_fixture, token)).payload(LOGIN)
    for _ in range(3):
        assert (await sign_in(app_fixture, token)).user_errors(LOGIN) == REFUSED
        await settle(app)
    assert await events_of_member(app_fixture) == [("LOGIN_FAILED", 3, ISSUER), ("LOGGED_IN", 1, ISSUER)]


@pytest.mark.only("sqlite")
async def test_refused_token_of_an_inactive_user_is_recorded(app_fixture: AppFixture, app: FastAPI) -> None:
    await link_member(app_fixture)
    user = table_of(User)
    await app_fixture.execute_sql(update(user).where(user.c.email == MEMBER).values(is_active=False))
    assert (await sign_in(app_fixture, id_token("s"))).user_errors(LOGIN) == REFUSED
    await settle(app)
    (event,) = await tenant_events(app_fixture.tenant.client(Role.OWNER))
    assert (event["kind"], event["detail"], event["sessionId"]) == ("LOGIN_FAILED", ISSUER, None)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("subject", "claims"),
    [
        ("unknown", {}),
        ("unknown", {"email": MEMBER}),  # the account here is not linked, and its address not verified
        ("s", {"exp": 1}),
        ("s", {"aud": "other"}),
        ("s", {"iss": "https://other.test"}),
    ],
)
async def test_invalid_tokens_and_those_of_unknown_accounts_are_not_recorded(
    app_fixture: AppFixture, app: FastAPI, subject: str, claims: dict[str, str]
) -> None:
    """An invalid token proves nothing, so it must not be able to write events of a user."""
    await link_member(app_fixture)
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=None))
    assert (await sign_in(app_fixture, id_token(subject, **claims))).user_errors(LOGIN) == REFUSED
    await settle(app)
    assert await app_fixture.fetch_rows(select(func.count()).select_from(table_of(SignInEvent))) == [(0,)]


async def test_links_are_recorded_once_and_not_when_they_are_rejected(app_fixture: AppFixture, app: FastAPI) -> None:
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    client = app_fixture.tenant.client()
    created = await link(client, id_token("s"))
    id = created.payload("linkIssuer")["linkedIssuer"]["id"]
    assert (await link(client, id_token("s"))).payload("linkIssuer")  # it is linked already
    other = app_fixture.tenant.client(Role.ADMIN)
    assert (await link(other, id_token("s"))).user_errors("linkIssuer") == [("TAKEN", ["input", "idToken"])]
    assert (await link(other, id_token("t"), currentPassword="Wrong-1!")).user_errors("linkIssuer")
    assert (await other(UNLINK_ISSUER, id=id)).user_errors("unlinkIssuer") == [("NOT_FOUND", ["id"])]
    assert (await client(UNLINK_ISSUER, id=id)).payload("unlinkIssuer")
    assert (await client(UNLINK_ISSUER, id=id)).user_errors("unlinkIssuer") == [("NOT_FOUND", ["id"])]
    await settle(app)
    assert await events_of_member(app_fixture) == [("ISSUER_UNLINKED", 1, ISSUER), ("ISSUER_LINKED", 1, ISSUER)]
    assert await own_events(other) == []


async def link(client: Client, token: str, **values: str) -> GraphQLResponse:
    """Link the account of an ID token to the client's user."""
    return await client(LINK_ISSUER, input={"idToken": token, "currentPassword": PASSWORD, **values})
