"""Requests for `/ready` share one check, so they cannot use up the connections of the database."""

import asyncio

import pytest
from sqlalchemy import event

from server.http.health import Readiness, SharedCheck
from tests.support.app_fixture import AppFixture


async def test_concurrent_requests_use_one_connection(app_fixture: AppFixture) -> None:
    checkouts: list[object] = []
    pool = app_fixture.database.read_engine.sync_engine.pool
    event.listen(pool, "checkout", lambda *arguments: checkouts.append(arguments[0]))
    responses = await asyncio.gather(*[app_fixture.http.get("/ready") for _ in range(20)])
    assert [response.json()["status"] for response in responses] == ["ready"] * 20
    assert len(checkouts) == 1
    assert responses[0].json()["changeFeed"].keys() == {"lagSeconds", "lagTransactions"}


async def test_result_is_reused_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    unavailable = Readiness("the database cannot be reached")
    results = iter([unavailable, Readiness()])

    async def check() -> Readiness:
        return next(results)

    shared = SharedCheck(check)
    assert [await shared.result() for _ in range(3)] == [unavailable] * 3
    monkeypatch.setattr(shared, "_expires_at", 0.0)
    assert await shared.result() == Readiness()
