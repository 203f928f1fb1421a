"""Sign-in with ID tokens: who is found, linked, created or refused."""

import asyncio
import time
from typing import Any
from unittest.mock import AsyncMock

import pytest
from sqlalchemy import func, select, update

from models import AuditEntry, Invitation, LinkedIssuer, Tenant, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from resolvers.unpack import decode_id
from services.people.oidc import sign_in as sign_in_module
from tests.oidc.conftest import SignIn
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.issuer_documents import LINK_ISSUER, LOGIN_WITH_ISSUER
from tests.support.issuer_keys import ISSUER, id_token
from tests.support.memberships import make_superuser
from tests.support.sample_data import build_invitation, build_link, fetch_table, known_invitation_token
from tests.support.second_factor_rows import RECOVERY, SECRET, code_of, enrolled_rows

LOGIN = "loginWithIssuer"
MEMBER = "member@here.test"
NEW = "new@new.test"
REFUSED = [("BAD_CREDENTIALS", ["input", "idToken"])]


def message(response: GraphQLResponse) -> str:
    (error,) = response.data[LOGIN]["userErrors"]
    return str(error["message"])


async def set_user(app_fixture: AppFixture, **values: Any) -> None:
    user = table_of(User)
    await app_fixture.execute_sql(update(user).where(user.c.email == MEMBER).values(**values))


async def count(app_fixture: AppFixture, model: Any) -> int:
    ((number,),) = await app_fixture.fetch_rows(select(func.count()).select_from(table_of(model)))
    return int(number)


async def invite(app_fixture: AppFixture, email: str, slug: str = "there") -> str:
    tenant = app_fixture.tenants[slug]
    await tenant.run_use_case(lambda work: work.add(build_invitation(tenant, email)))
    return known_invitation_token(email)


async def test_linked_account_signs_in_with_any_address(app_fixture: AppFixture, sign_in: SignIn) -> None:
    member = app_fixture.tenant.users[Role.MEMBER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(build_link(member, "subject-1")))
    started_at = utc_now()
    for claims in ({}, {"email": "other@else.test"}, {"email": "OWNER@here.test", "email_verified": False}):
        payload = (await sign_in(id_token("subject-1", **claims))).payload(LOGIN)
        assert payload["user"]["email"] == MEMBER
        client = app_fixture.client(tenant="here").with_token(payload["accessToken"])
        assert (await client(documents.create("Task"), input={"title": "Dig"})).payload("createTask")
    (row,) = await app_fixture.fetch_rows(select(table_of(LinkedIssuer)))
    assert started_at <= row.last_used_at <= utc_now()
    assert row.version == 1


async def test_account_with_the_verified_address_is_linked_once_and_notified(
    app_fixture: AppFixture, sign_in: SignIn, email_capture: EmailCapture
) -> None:
    await set_user(app_fixture, email_verified_at=utc_now())
    for _ in range(2):
        payload = (await sign_in(id_token("s", f" {MEMBER.upper()}".strip()))).payload(LOGIN)
        assert payload["user"]["email"] == MEMBER
    (link,) = await app_fixture.fetch_rows(select(table_of(LinkedIssuer)))
    assert (link.issuer, link.subject, link.email) == (ISSUER, "s", MEMBER)
    (email,) = await email_capture.sent_emails()
    assert (email.recipient, ISSUER in email.text) == (MEMBER, True)


async def test_account_whose_address_is_not_verified_here_is_not_taken_over(
    app_fixture: AppFixture, sign_in: SignIn
) -> None:
    await set_user(app_fixture, email_verified_at=None)
    response = await sign_in(id_token("s", MEMBER))
    assert response.user_errors(LOGIN) == REFUSED
    assert "not verified" in message(response)
    token = await invite(app_fixture, MEMBER)
    assert (await sign_in(id_token("s", MEMBER), invitationToken=token)).user_errors(LOGIN) == REFUSED
    assert await count(app_fixture, LinkedIssuer) == 0


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(
    "claims",
    [
        {"email": MEMBER, "email_verified": False},
        {"email": MEMBER, "email_verified": None},
        {"email": MEMBER, "email_verified": 1},
        {"email": MEMBER, "email_verified": "yes"},
        {"email": MEMBER, "email_verified": ["true"]},
        {"email": [MEMBER], "email_verified": True},
        {"email": f"{MEMBER}\n", "email_verified": True},
        {"email": "member", "email_verified": True},
        {"email": "\ud800@here.test", "email_verified": True},
        {"email": "member@here.test\u0000", "email_verified": True},
        {},
    ],
)
async def test_address_that_the_issuer_has_not_verified_links_nothing(
    app_fixture: AppFixture, sign_in: SignIn, claims: dict[str, Any]
) -> None:
    await set_user(app_fixture, email_verified_at=utc_now())
    response = await sign_in(id_token("s", **claims))
    assert response.user_errors(LOGIN) == REFUSED
    assert "has not verified your email address" in message(response)
    token = await invite(app_fixture, MEMBER)
    assert (await sign_in(id_token("s", **claims), invitationToken=token)).data[LOGIN]["user"] is None
    assert await count(app_fixture, LinkedIssuer) == 0


async def test_new_person_needs_an_invitation(app_fixture: AppFixture, sign_in: SignIn) -> None:
    users = await count(app_fixture, User)
    response = await sign_in(id_token("s", NEW))
    assert response.user_errors(LOGIN) == REFUSED
    assert "Ask for an invitation" in message(response)
    assert await count(app_fixture, User) == users


@pytest.mark.parametrize(
    "claims", [{"email": NEW, "email_verified": True}, {"email": NEW, "email_verified": False}, {}]
)
async def test_invited_person_gets_an_account_and_the_membership(
    app_fixture: AppFixture, sign_in: SignIn, claims: dict[str, Any]
) -> None:
    token = await invite(app_fixture, NEW)
    payload = (await sign_in(id_token("s", **claims), invitationToken=token)).payload(LOGIN)
    user = payload["user"]
    assert (user["email"], user["fullName"]) == (NEW, "Ada Beech")
    assert user["emailVerifiedAt"]
    assert [each["tenant"]["slug"] for each in user["memberships"]["nodes"]] == ["there"]
    assert payload["membership"] == {"tenant": {"slug": "there"}}
    again = await sign_in(id_token("s"), invitationToken=token)  # the link of the email, opened a second time
    assert again.user_errors(LOGIN) == [("INVALID", ["input", "invitationToken"])]
    assert (await sign_in(id_token("s"))).payload(LOGIN)["user"]["id"] == user["id"]
    row = (await app_fixture.fetch_rows(select(table_of(User)).where(table_of(User).c.email == NEW)))[0]
    assert row.password_hash is None


async def test_invitation_of_another_person_is_refused(app_fixture: AppFixture, sign_in: SignIn) -> None:
    token = await invite(app_fixture, NEW)
    invalid = [("INVALID", ["input", "invitationToken"])]
    for each in (id_token("s", "other@new.test"), id_token("s", "other@new.test", email_verified=False)):
        assert (await sign_in(each, invitationToken=token)).user_errors(LOGIN) == invalid
    for wrong in ("", "invite_unknown", "x" * 100_000):
        assert (await sign_in(id_token("s", NEW), invitationToken=wrong)).data.get(LOGIN, {}).get("user") is None
    await app_fixture.execute_sql(update(table_of(Invitation)).values(revoked_at=utc_now()))
    assert (await sign_in(id_token("s", NEW), invitationToken=token)).user_errors(LOGIN) == invalid
    assert await count(app_fixture, LinkedIssuer) == 0


@pytest.mark.parametrize("reason", ["closed tenant", "revoked meanwhile"])
async def test_refused_invitation_creates_no_account(
    app_fixture: AppFixture, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    token, users = await invite(app_fixture, NEW), await count(app_fixture, User)
    if reason == "closed tenant":
        await app_fixture.execute_sql(update(table_of(Tenant)).values(closed_at=utc_now()))
    else:
        monkeypatch.setattr(sign_in_module, "find_invited_email", AsyncMock(return_value=NEW))
        await app_fixture.execute_sql(update(table_of(Invitation)).values(revoked_at=utc_now()))
    response = await sign_in(id_token("s", NEW), invitationToken=token)
    assert response.user_errors(LOGIN) == [("INVALID", ["input", "invitationToken"])]
    assert (await count(app_fixture, User), await count(app_fixture, LinkedIssuer)) == (users, 0)


async def test_created_user_is_the_one_who_accepts_the_invitation(app_fixture: AppFixture) -> None:
    token = await invite(app_fixture, NEW)
    owner = app_fixture.tenant.client(Role.OWNER)
    login = {"idToken": id_token("s", NEW), "invitationToken": token}
    user = (await owner(LOGIN_WITH_ISSUER, input=login)).payload(LOGIN)["user"]
    assert (user["email"], [each["tenant"]["slug"] for each in user["memberships"]["nodes"]]) == (NEW, ["there"])
    entries = await fetch_table(app_fixture.other_tenant, AuditEntry)
    actors = [each["actor_id"] for each in entries if each["noun"] == "Membership" and each["actor_id"]]
    assert actors == [decode_id("user", user["id"])]


async def test_superusers_are_linked_with_their_password_only(app_fixture: AppFixture, sign_in: SignIn) -> None:
    member = app_fixture.tenant.users[Role.MEMBER]
    await set_user(app_fixture, email_verified_at=utc_now())
    await make_superuser(app_fixture, member)
    response = await sign_in(id_token("s", MEMBER))
    assert response.user_errors(LOGIN) == REFUSED
    assert "superusers are not linked" in message(response)
    token = await invite(app_fixture, MEMBER)
    assert (await sign_in(id_token("s", MEMBER), invitationToken=token)).user_errors(LOGIN) == REFUSED
    client = app_fixture.tenant.client()
    linked = await client(LINK_ISSUER, input={"idToken": id_token("s"), "currentPassword": PASSWORD})
    assert linked.payload("linkIssuer")
    assert (await sign_in(id_token("s"))).payload(LOGIN)["user"]["email"] == MEMBER


async def test_inactive_user_cannot_sign_in(app_fixture: AppFixture, sign_in: SignIn) -> None:
    member = app_fixture.tenant.users[Role.MEMBER]
    await set_user(app_fixture, is_active=False, email_verified_at=utc_now())
    assert "not active" in message(await sign_in(id_token("s", MEMBER)))
    await app_fixture.tenant.run_use_case(lambda work: work.add(build_link(member, "s")))
    assert "not active" in message(await sign_in(id_token("s")))


async def test_token_is_used_once(app_fixture: AppFixture, sign_in: SignIn) -> None:
    await set_user(app_fixture, email_verified_at=utc_now())
    token = id_token("s", MEMBER)
    responses = await asyncio.gather(*(sign_in(token) for _ in range(4)))
    errors = sorted(response.user_errors(LOGIN) for response in responses)
    assert errors == [[], REFUSED, REFUSED, REFUSED]
    assert "used already" in message(await sign_in(token))


async def test_refused_token_is_not_used_up(app_fixture: AppFixture, sign_in: SignIn) -> None:
    token = id_token("s", NEW)
    assert (await sign_in(token)).user_errors(LOGIN) == REFUSED
    invitation = await invite(app_fixture, NEW)
    assert (await sign_in(token, invitationToken=invitation)).payload(LOGIN)


async def test_concurrent_first_sign_ins_create_one_user(app_fixture: AppFixture, sign_in: SignIn) -> None:
    await set_user(app_fixture, email_verified_at=utc_now())
    responses = await asyncio.gather(*(sign_in(id_token("s", MEMBER)) for _ in range(4)))
    assert {response.payload(LOGIN)["user"]["email"] for response in responses} == {MEMBER}
    assert await count(app_fixture, LinkedIssuer) == 1
    invitation = await invite(app_fixture, NEW)
    users = await count(app_fixture, User)
    responses = await asyncio.gather(*(sign_in(id_token("new", NEW), invitationToken=invitation) for _ in range(3)))
    signed_in = [response for response in responses if response.data[LOGIN]["user"]]
    assert len(signed_in) >= 1  # the others come after the invitation was accepted
    assert (await count(app_fixture, User), await count(app_fixture, LinkedIssuer)) == (users + 1, 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [(None, "new"), ("", "new"), ("\u0000\ud800", "new"), ([1], "new"), (" A\nB ", "A B"), ("x" * 500, "x" * 100)],
)
async def test_name_of_the_account(app_fixture: AppFixture, sign_in: SignIn, name: Any, expected: str) -> None:
    invitation = await invite(app_fixture, NEW)
    payload = (await sign_in(id_token("s", NEW, name=name), invitationToken=invitation)).payload(LOGIN)
    assert payload["user"]["fullName"] == expected


async def test_rejection_of_a_token_does_not_depend_on_accounts(app_fixture: AppFixture, sign_in: SignIn) -> None:
    await set_user(app_fixture, email_verified_at=utc_now())
    expired = {"iat": int(time.time()) - 100, "exp": int(time.time()) - 60}
    known, unknown = [await sign_in(id_token("s", email, **expired)) for email in (MEMBER, NEW)]
    assert known.body == unknown.body
    assert "has expired" in message(known)


async def test_refresh_token_can_be_in_a_cookie(app_fixture: AppFixture, sign_in: SignIn) -> None:
    await set_user(app_fixture, email_verified_at=utc_now())
    response = await sign_in(id_token("s", MEMBER), refreshTokenIn="COOKIE")
    assert response.payload(LOGIN)["refreshToken"] is None
    assert "HttpOnly" in response.headers["Set-Cookie"]


async def test_second_factor_is_required_unless_the_issuer_has_verified_several(
    app_fixture: AppFixture, sign_in: SignIn
) -> None:
    """The ID token can be sent again with the code, and is used up by the sign-in only."""
    member = app_fixture.tenant.users[Role.MEMBER]
    rows = [build_link(member, "subject-1"), *enrolled_rows(member)]
    await app_fixture.tenant.run_use_case(lambda work: work.add(*rows))
    token = id_token("subject-1", amr=["pwd"])
    assert (await sign_in(token)).user_errors(LOGIN) == [("SECOND_FACTOR_REQUIRED", ["input", "code"])]
    assert (await sign_in(token, code="000000")).user_errors(LOGIN) == [("BAD_CODE", ["input", "code"])]
    assert (await sign_in(token, code=code_of(SECRET))).payload(LOGIN)["accessToken"]
    assert (await sign_in(token, code=RECOVERY)).user_errors(LOGIN) == REFUSED
    for amr in ("mfa", {"mfa": True}, ["MFA"], None):
        response = await sign_in(id_token("subject-1", amr=amr))
        assert response.user_errors(LOGIN) == [("SECOND_FACTOR_REQUIRED", ["input", "code"])]
    assert (await sign_in(id_token("subject-1", amr=["pwd", "mfa"]))).payload(LOGIN)


async def test_codes_cannot_be_guessed_with_id_tokens_of_any_account(app_fixture: AppFixture, sign_in: SignIn) -> None:
    """Attempts count by user, also if an issuer has several accounts with the same address."""
    await set_user(app_fixture, email_verified_at=utc_now())
    member = app_fixture.tenant.users[Role.MEMBER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(*enrolled_rows(member)))
    attempts = [id_token(f"subject-{number}", MEMBER) for number in range(11)]
    errors = [(await sign_in(token, code="000000")).error_codes for token in attempts]
    assert errors == [[]] * 10 + [["RATE_LIMITED"]]
    assert await count(app_fixture, LinkedIssuer) == 0
