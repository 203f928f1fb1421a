"""An application with metrics and a record of usage."""

import httpx
import pytest
from fastapi import FastAPI

from server.config.settings import Settings
from server.monitoring.active_monitoring import ActiveMonitoring
from tests.monitoring.metric_samples import AUTHORIZATION, TOKEN, Samples
from tests.support.settings import build_settings


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings that turn everything on but traces."""
    return build_settings(database_url, db_pool_size=5, metrics_token=TOKEN, record_usage=True, slow_operation_ms=1000)


@pytest.fixture
def monitoring(app: FastAPI) -> ActiveMonitoring:
    """The monitoring of the application."""
    active: ActiveMonitoring = app.state.monitoring
    return active


async def scrape(http: httpx.AsyncClient) -> Samples:
    """Return the current metrics."""
    response = await http.get("/metrics", headers=AUTHORIZATION)
    assert response.status_code == 200
    return Samples(response.text)
