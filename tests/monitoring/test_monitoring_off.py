"""What is off adds no call to a request."""

import subprocess
import sys

import pytest
from fastapi import FastAPI

from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings
from server.http.request_id import RequestIdMiddleware
from server.http.request_turns import RequestTurns
from server.monitoring.monitoring import Monitoring
from tests.monitoring.trace_helpers import trace_of, traced
from tests.support.app_fixture import AppFixture
from tests.support.call_counter import CallCounter
from tests.support.settings import build_settings

FOLDERS = ("server/monitoring/", "server/telemetry/metrics/", "opentelemetry/", "prometheus_client/")
PARTS_OF_TRACES = ("server/monitoring/", "server/telemetry/operation_trace", "server/http/trace")
QUERY = "{ teams { nodes { name } } }"
MUTATION = 'mutation { createTeam(input: {name: "One"}) { team { name } } }'


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings that turn everything off."""
    return build_settings(database_url, db_pool_size=5, slow_operation_ms=0)


def calls_of_monitoring(counter: CallCounter) -> list[tuple[str, str]]:
    """Return the calls of functions that observe something."""
    classes = ("Measured", "Traced")
    return [
        (file, name)
        for file, name in counter.calls
        if any(folder in file for folder in FOLDERS) or name.startswith(classes)
    ]


async def test_nothing_of_monitoring_is_called(app: FastAPI, app_fixture: AppFixture) -> None:
    assert type(app.state.monitoring) is Monitoring
    client = app_fixture.tenant.client()
    for document in (QUERY, MUTATION):
        await client(document)
        with CallCounter() as counter:
            await client(document)
        assert calls_of_monitoring(counter) == []
        assert sum(counter.calls.values()) > 100


async def test_statements_without_listeners_are_not_notified(app_fixture: AppFixture) -> None:
    with CallCounter() as counter:
        await app_fixture.tenant.client()(MUTATION)
    names = {name for _, name in counter.calls}
    assert not {name for name in names if name.endswith(("StatementClock._observe", "StatementTracer._start"))}


@pytest.mark.usefixtures("traces_for_everyone")
async def test_requests_without_traces_call_nothing_of_traces(app_fixture: AppFixture) -> None:
    """Nothing is left of a traced request in what the next ones call."""
    client = app_fixture.tenant.client()
    for document in (QUERY, 'mutation { createTask(input: {title: "One"}) { task { title } } }'):
        await client(document)
        for _ in range(2):
            with CallCounter() as counter:
                await client(document)
            assert not [call for call in counter.calls if any(part in call[0] for part in PARTS_OF_TRACES)]
            assert trace_of(await traced(client)(document))


def test_plain_classes_are_used() -> None:
    monitoring = Monitoring()
    assert type(monitoring.add_request_ids(lambda *_: None)) is RequestIdMiddleware  # type: ignore[arg-type]
    assert monitoring.probe is None
    assert monitoring.routes() == []
    assert monitoring.collect() == []
    assert RequestTurns.__mro__[1] is object


@pytest.mark.slow
def test_libraries_of_metrics_and_agents_are_imported_only_if_they_are_needed() -> None:
    program = "import sys, server.app; print(*{'prometheus_client', 'mcp', 'mcp_types'} & sys.modules.keys())"
    completed = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert completed.stdout.strip() == ""
