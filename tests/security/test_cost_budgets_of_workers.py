"""Cost budgets apply to all workers of a server together, and a server that stops returns what it has leased."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from models import Throttle
from models.membership import Role
from models.relations import table_of
from server.config.settings import Settings
from services.core.cost.buckets import BucketKey
from tests.security.conftest import HANG_SECONDS
from tests.support.app_fixture import AppFixture
from tests.support.server_process import ServerProcess
from tests.support.settings import SECRET_KEY

BURST = 1000
BUDGETS = {
    "MAX_COST_USER": "100",
    "MAX_COST_API_KEY": "100",
    "COST_PER_SECOND_PRINCIPAL": "1",
    "COST_BURST_PRINCIPAL": str(BURST),
}
BODY = {"query": "{ tasks { totalCount } }"}
DOCUMENT_POINTS = 2 * 10 * 2
"""Two points for the length of the document, by each of ten concurrent requests of each worker that find it new."""


@pytest.mark.slow
async def test_workers_share_a_budget_and_return_their_leases(
    app_fixture: AppFixture, settings: Settings, tmp_path: Path
) -> None:
    member = app_fixture.tenant.client()
    headers = {**member.headers, "X-GraphQL-Cost": "include"}
    url = settings.database_url.get_secret_value()
    started = time.time()
    with ServerProcess(tmp_path, url, ALLOTMENT_ENV="test", SECRET_KEY=SECRET_KEY, WORKERS="2", **BUDGETS) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS, headers=headers) as http:
            responses = []
            for _ in range(5):
                responses += await asyncio.gather(*(http.post("/graphql", json=BODY) for _ in range(40)))
    accepted = [response for response in responses if response.status_code == 200]
    refused = [response for response in responses if response.status_code == 429]
    elapsed = time.time() - started
    used = sum(response.json()["extensions"]["cost"]["actual"] for response in accepted)
    assert len(accepted) + len(refused) == 200
    assert refused
    assert BURST // 2 < used <= BURST + elapsed
    for response in refused:
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert "budget of the user" in error["message"]
        assert response.headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert await _find_lead_seconds(app_fixture, started) <= used + DOCUMENT_POINTS + elapsed + 1


async def _find_lead_seconds(app_fixture: AppFixture, started: float) -> float:
    """Return how far the theoretical arrival time of the member's bucket is ahead of the start: one second a point."""
    key = BucketKey("user", app_fixture.tenant.users[Role.MEMBER].id).database_key
    throttle = table_of(Throttle)
    async with app_fixture.database.read_engine.connect() as connection:
        arrival: int | None = await connection.scalar(
            select(throttle.c.theoretical_arrival).where(throttle.c.key == key)
        )
    assert arrival is not None
    return arrival / 1000 - started
