"""Requests for `/ready` share one check, so they cannot use up the database's connections, and disclose no details."""

import asyncio

import httpx
import pytest
from sqlalchemy import event

from server.app import create_app
from server.config.settings import SettingsError
from server.http.health import Readiness, SharedCheck
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.settings import build_settings

TOKEN = "the token of the operators' monitoring"

DETAILS = {
    "changeFeed": {"lagSeconds", "lagTransactions"},
    "pool": {"size", "maxOverflow", "inUse", "idle", "overflow", "waiting"},
    "process": {"version", "id", "uptimeSeconds"},
    "requests": {"places", "executing", "waiting"},
}


async def test_concurrent_requests_use_one_connection(app_fixture: AppFixture) -> None:
    checkouts: list[object] = []
    pool = app_fixture.database.read_engine.sync_engine.pool
    event.listen(pool, "checkout", lambda *arguments: checkouts.append(arguments[0]))
    responses = await asyncio.gather(*[app_fixture.http.get("/ready") for _ in range(20)])
    assert [response.json()["status"] for response in responses] == ["ready"] * 20
    assert len(checkouts) == 1


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("token", "authorization", "details"),
    [
        (TOKEN, f"Bearer {TOKEN}", ["process", "changeFeed", "pool", "requests"]),
        (TOKEN, f"Bearer {TOKEN}x", []),
        (TOKEN, TOKEN, []),
        (TOKEN, "Bearer ", []),
        (TOKEN, "Bearer \xfc", []),
        (TOKEN, "", []),
        ("", "Bearer ", []),
    ],
)
async def test_only_requests_with_the_token_get_details(
    database_url: str, token: str, authorization: str, details: list[str]
) -> None:
    app = create_app(build_settings(database_url, ready_token=token, oidc_issuers=[]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as http:
        response = await http.get("/ready", headers={b"Authorization": authorization.encode("latin-1")})
        health = await http.get("/health", headers={b"Authorization": authorization.encode("latin-1")})
    await shut_down(app)
    body = response.json()
    assert body.pop("status") == "ready"
    assert list(body) == details
    assert list(health.json()) == ["status", *details[:1]]
    assert all(numbers.keys() == DETAILS[name] for name, numbers in body.items())


def test_short_token_is_refused() -> None:
    with pytest.raises(SettingsError, match="READY_TOKEN: must be at least 32 bytes long"):
        build_settings("sqlite:///a.db", ready_token="short")


async def test_result_is_reused_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    unavailable = Readiness("the database cannot be reached")
    results = iter([unavailable, Readiness()])

    async def check() -> Readiness:
        return next(results)

    shared = SharedCheck(check)
    assert [await shared.result() for _ in range(3)] == [unavailable] * 3
    monkeypatch.setattr(shared, "_expires_at", 0.0)
    assert await shared.result() == Readiness()
