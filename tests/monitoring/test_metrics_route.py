"""`/metrics` of the application: who may read it, and what it contains."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from database.engine import Database
from server.app import create_app
from server.config.settings import SettingsError
from server.monitoring import database_metrics
from tests.monitoring.conftest import scrape
from tests.monitoring.metric_samples import AUTHORIZATION, TOKEN, Samples
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.settings import build_settings


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("authorization", ["", "Bearer ", TOKEN, f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer \xfc"])
async def test_requests_without_the_token_are_refused(http: httpx.AsyncClient, authorization: str) -> None:
    response = await http.get("/metrics", headers={b"Authorization": authorization.encode("latin-1")})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "allotment_" not in response.text


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("overrides", [{}, {"metrics_port": 9999}])
async def test_without_a_token_there_is_no_route(database_url: str, overrides: dict[str, Any]) -> None:
    app = create_app(build_settings(database_url, **overrides))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as http:
        assert (await http.get("/metrics", headers=AUTHORIZATION)).status_code == 404
    await shut_down(app)


def test_short_token_is_refused() -> None:
    with pytest.raises(SettingsError, match="METRICS_TOKEN: must be at least 32 bytes long"):
        build_settings("sqlite:///a.db", metrics_token="short")


async def test_operations_are_counted_by_name_and_outcome(app_fixture: AppFixture) -> None:
    http, client = app_fixture.http, app_fixture.tenant.client()
    for _ in range(3):
        await client("query Teams { teams { totalCount } }")
    await client("query Teams($id: ID!) { team(id: $id) { name } }", id=5.5)
    await client("query Broken { nothing }")
    await app_fixture.client()("query Anonymous { teams { totalCount } }")
    samples = await scrape(http)
    assert samples.value("operations_total", operation="Teams", outcome="ok") == 3
    assert samples.value("operations_total", operation="Teams", outcome="BAD_USER_INPUT") == 1
    assert samples.value("operations_total", operation="(invalid)", outcome="BAD_USER_INPUT") == 1
    assert samples.value("operations_total", operation="Anonymous", outcome="UNAUTHENTICATED") == 1
    assert samples.value("operation_duration_seconds_count", operation="Teams") == 4
    assert samples.value("operation_duration_seconds_sum", operation="Teams") > 0
    assert samples.value("operation_cost_points_total", operation="Teams") >= 3
    assert samples.value("operation_statements_total", operation="Teams") >= 3
    assert samples.value("operation_statement_seconds_total", operation="Teams") > 0
    assert samples.value("http_requests_total", endpoint="graphql", status="200") == 6
    assert samples.value("http_request_duration_seconds_count", endpoint="graphql") == 6


async def test_state_of_the_process_is_included(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.client()("{ teams { totalCount } }")
    samples = await scrape(app_fixture.http)
    assert samples.value("request_places") == 10
    assert samples.value("requests_executing") == samples.value("requests_waiting") == 0
    assert samples.value("pool_connections_max", database="primary") >= 15
    assert samples.value("statement_duration_seconds_count") > 0
    assert samples.value("documents_parsed_total") >= 1
    assert {"process_resident_memory_bytes", "process_cpu_seconds", "process_open_fds"} <= samples.names


async def wait_for_database(http: httpx.AsyncClient) -> Samples:
    """Return the metrics when the database has been asked."""
    async with asyncio.timeout(30):
        while "allotment_database_up" not in (samples := await scrape(http)).names:  # noqa: ASYNC110 -- nothing signals it
            await asyncio.sleep(0.01)
    return samples


async def test_database_is_asked_in_the_background(app: FastAPI, database: Database, http: httpx.AsyncClient) -> None:
    async with app.state.monitoring.run():
        samples = await wait_for_database(http)
    assert samples.value("database_up") == 1
    assert samples.value("change_feed_lag_seconds") >= 0
    assert "allotment_event_loop_lag_seconds" in samples.names


async def test_outage_of_the_database_is_a_metric(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: object) -> None:
        raise OperationalError("SELECT", None, Exception("lost"))

    monkeypatch.setattr(database_metrics, "load_lag", fail)
    async with app.state.monitoring.run():
        samples = await wait_for_database(http)
    assert samples.value("database_up") == 0
    assert "allotment_change_feed_lag_seconds" not in samples.names


async def test_openmetrics_are_returned_if_asked_for(http: httpx.AsyncClient) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    response = await http.get("/metrics", headers=AUTHORIZATION | accept)
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")
