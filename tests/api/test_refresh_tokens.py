"""Refresh tokens: rotation, reuse detection and expiry."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from jose import jwt
from sqlalchemy import func, select, update

from models import RefreshToken, Session, User
from models.base import utc_now
from models.ids import new_id
from models.membership import Role
from models.relations import table_of
from services.people import refresh, secrets
from services.people.tokens import AccessTokens
from tests.support import documents
from tests.support.app_fixture import ONE_HOUR, PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse

EMAIL = "member@here.test"


async def sign_in(app_fixture: AppFixture) -> dict[str, Any]:
    """Sign in; return the payload."""
    payload: dict[str, Any] = (
        await app_fixture.client()(documents.LOGIN, input={"email": EMAIL, "password": PASSWORD})
    ).payload("login")
    return payload


async def refresh_session(app_fixture: AppFixture, token: str | None) -> GraphQLResponse:
    """Exchange a refresh token without other credentials."""
    return await app_fixture.client()(
        documents.REFRESH_SESSION, input={"refreshToken": token} if token is not None else {}
    )


def client_with_token(app_fixture: AppFixture, token: str) -> Client:
    """Return a client with this access token in the tenant."""
    return app_fixture.client(tenant="here").with_token(token)


async def is_valid(app_fixture: AppFixture, token: str) -> bool:
    """Return whether the access token is valid."""
    return (await client_with_token(app_fixture, token)("{ tasks { totalCount } }")).error_codes == []


async def expire_grace_period(app_fixture: AppFixture) -> None:
    """Move the use of used tokens before the grace period, so that another use counts as reuse."""
    refresh_token = table_of(RefreshToken)
    await app_fixture.execute_sql(
        update(refresh_token)
        .where(refresh_token.c.used_at.is_not(None))
        .values(used_at=utc_now() - refresh.GRACE_PERIOD)
    )


async def test_refresh_token_is_rotated(app_fixture: AppFixture) -> None:
    session_payload = await sign_in(app_fixture)
    tokens = [session_payload["refreshToken"]]
    for _ in range(3):
        payload = (await refresh_session(app_fixture, tokens[-1])).payload("refreshSession")
        assert payload["user"]["email"] == EMAIL
        assert await is_valid(app_fixture, payload["accessToken"])
        tokens.append(payload["refreshToken"])
    assert len(set(tokens)) == 4
    assert await is_valid(app_fixture, session_payload["accessToken"])
    claims = jwt.get_unverified_claims(payload["accessToken"])
    assert claims["sid"] == jwt.get_unverified_claims(session_payload["accessToken"])["sid"]


async def test_only_hashes_of_refresh_tokens_are_stored(app_fixture: AppFixture) -> None:
    token = (await sign_in(app_fixture))["refreshToken"]
    hashes = [row.hash for row in await app_fixture.fetch_rows(select(table_of(RefreshToken)))]
    assert secrets.hash_secret(token) in hashes
    assert not any(token in hash or hash in token for hash in hashes)


async def test_reused_refresh_token_revokes_session(app_fixture: AppFixture) -> None:
    session_payload = await sign_in(app_fixture)
    reused = session_payload["refreshToken"]
    refreshed = (await refresh_session(app_fixture, reused)).payload("refreshSession")
    await expire_grace_period(app_fixture)
    assert (await refresh_session(app_fixture, reused)).error_codes == ["UNAUTHENTICATED"]
    assert (await refresh_session(app_fixture, refreshed["refreshToken"])).error_codes == ["UNAUTHENTICATED"]
    assert not await is_valid(app_fixture, refreshed["accessToken"])
    assert not await is_valid(app_fixture, session_payload["accessToken"])


async def test_reuse_in_one_session_does_not_affect_others(app_fixture: AppFixture) -> None:
    first, other = await sign_in(app_fixture), await sign_in(app_fixture)
    (await refresh_session(app_fixture, first["refreshToken"])).payload("refreshSession")
    await expire_grace_period(app_fixture)
    assert (await refresh_session(app_fixture, first["refreshToken"])).error_codes == ["UNAUTHENTICATED"]
    assert await is_valid(app_fixture, other["accessToken"])
    assert (await refresh_session(app_fixture, other["refreshToken"])).payload("refreshSession")


@pytest.mark.any_server
async def test_concurrent_refreshes_get_the_same_next_token(app_fixture: AppFixture) -> None:
    token = (await sign_in(app_fixture))["refreshToken"]
    responses = await asyncio.gather(*(refresh_session(app_fixture, token) for _ in range(6)))
    payloads = [response.payload("refreshSession") for response in responses]
    (next_token,) = {payload["refreshToken"] for payload in payloads}
    for payload in payloads:
        assert await is_valid(app_fixture, payload["accessToken"])
    assert (await refresh_session(app_fixture, next_token)).payload("refreshSession")["refreshToken"] != next_token


async def test_late_tab_gets_the_same_token_although_it_was_used_again(app_fixture: AppFixture) -> None:
    token = (await sign_in(app_fixture))["refreshToken"]
    next_token = (await refresh_session(app_fixture, token)).payload("refreshSession")["refreshToken"]
    (await refresh_session(app_fixture, next_token)).payload("refreshSession")
    assert (await refresh_session(app_fixture, token)).payload("refreshSession")["refreshToken"] == next_token


async def test_token_of_ended_session_yields_nothing_within_grace_period(app_fixture: AppFixture) -> None:
    token = (await sign_in(app_fixture))["refreshToken"]
    refreshed = (await refresh_session(app_fixture, token)).payload("refreshSession")
    client = client_with_token(app_fixture, refreshed["accessToken"])
    (await client(documents.LOGOUT_EVERYWHERE)).payload("logoutEverywhere")
    assert (await refresh_session(app_fixture, token)).error_codes == ["UNAUTHENTICATED"]


async def test_next_token_depends_on_session_token_and_secret() -> None:
    tokens, session_id = AccessTokens("s" * 32, 15), new_id()
    derived = tokens.derive_refresh_token(session_id, "a")
    assert derived == AccessTokens("s" * 32, 15).derive_refresh_token(session_id, "a")
    others = {
        tokens.derive_refresh_token(session_id, "b"),
        tokens.derive_refresh_token(new_id(), "a"),
        AccessTokens("t" * 32, 15).derive_refresh_token(session_id, "a"),
    }
    assert len({derived, *others}) == 4
    assert derived.startswith(secrets.REFRESH_TOKEN_PREFIX)


async def test_refresh_after_change_of_the_secret_is_a_conflict_within_grace_period(app_fixture: AppFixture) -> None:
    token = (await sign_in(app_fixture))["refreshToken"]
    (await refresh_session(app_fixture, token)).payload("refreshSession")
    refresh_token = table_of(RefreshToken)
    await app_fixture.execute_sql(
        update(refresh_token).where(refresh_token.c.created_at == _newest()).values(hash="0" * 64)
    )
    response = await refresh_session(app_fixture, token)
    assert response.user_errors("refreshSession") == [("CONFLICT", ["input", "refreshToken"])]


def _newest() -> Any:
    return select(func.max(table_of(RefreshToken).c.created_at)).scalar_subquery()


async def test_payload_contains_expiry_of_both_tokens(app_fixture: AppFixture) -> None:
    document = "mutation ($input: LoginInput!) { login(input: $input) { accessToken expiresAt refreshExpiresAt } }"
    response = await app_fixture.client()(document, input={"email": EMAIL, "password": PASSWORD})
    payload = response.data["login"]
    expires_at, refresh_expires_at = (
        datetime.fromisoformat(payload[name]) for name in ("expiresAt", "refreshExpiresAt")
    )
    assert expires_at.timestamp() == jwt.get_unverified_claims(payload["accessToken"])["exp"]
    assert timedelta(days=29) < refresh_expires_at - utc_now() < timedelta(days=30)


async def test_all_invalid_refresh_tokens_are_rejected_alike(app_fixture: AppFixture) -> None:
    session_payload = await sign_in(app_fixture)
    valid_token = session_payload["refreshToken"]
    messages = set()
    for token in (
        None,
        "",
        "x",
        valid_token[:-1],
        valid_token + "x",
        valid_token.upper(),
        session_payload["accessToken"],
        "☃",
        "x" * 100_000,
    ):
        response = await refresh_session(app_fixture, token)
        assert (token, response.error_codes, response.body["data"]) == (
            token,
            ["UNAUTHENTICATED"],
            {"refreshSession": None},
        )
        messages.add(response.body["errors"][0]["message"])
    assert messages == {"There is no session, or it has ended. Sign in again."}
    assert (await refresh_session(app_fixture, valid_token)).payload("refreshSession")


async def test_refresh_token_is_not_accepted_as_access_token_or_api_key(app_fixture: AppFixture) -> None:
    token = (await sign_in(app_fixture))["refreshToken"]
    assert (await client_with_token(app_fixture, token)(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    renamed = token.replace(secrets.REFRESH_TOKEN_PREFIX, secrets.API_KEY_PREFIX)
    assert (await client_with_token(app_fixture, renamed)("{ tasks { totalCount } }")).error_codes == [
        "UNAUTHENTICATED"
    ]


async def test_refresh_does_not_extend_session_expiry(app_fixture: AppFixture) -> None:
    session_payload = await sign_in(app_fixture)
    session, end = table_of(Session), utc_now() + timedelta(days=30)
    ((expires_at,),) = await app_fixture.fetch_rows(select(func.max(session.c.expires_at)))
    assert abs(expires_at - end) < timedelta(minutes=1)
    refreshed = (await refresh_session(app_fixture, session_payload["refreshToken"])).payload("refreshSession")
    assert await app_fixture.fetch_rows(select(func.max(session.c.expires_at))) == [(expires_at,)]
    await app_fixture.execute_sql(update(session).values(expires_at=utc_now()))
    assert (await refresh_session(app_fixture, refreshed["refreshToken"])).error_codes == ["UNAUTHENTICATED"]


async def test_inactive_user_cannot_refresh_until_active_again(app_fixture: AppFixture) -> None:
    token, user = (await sign_in(app_fixture))["refreshToken"], table_of(User)
    await app_fixture.execute_sql(update(user).where(user.c.email == EMAIL).values(is_active=False))
    assert (await refresh_session(app_fixture, token)).error_codes == ["UNAUTHENTICATED"]
    await app_fixture.execute_sql(update(user).where(user.c.email == EMAIL).values(is_active=True))
    assert (await refresh_session(app_fixture, token)).payload("refreshSession")


async def test_expired_sessions_are_deleted_at_next_login(app_fixture: AppFixture) -> None:
    for _ in range(3):
        await sign_in(app_fixture)
    session = table_of(Session)
    is_own_session = session.c.user_id == app_fixture.tenant.users[Role.MEMBER].id
    await app_fixture.execute_sql(update(session).where(is_own_session).values(expires_at=utc_now() - ONE_HOUR))
    await sign_in(app_fixture)
    assert len(await app_fixture.fetch_rows(select(session.c.id).where(is_own_session))) == 1
