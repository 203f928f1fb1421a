"""The log of slow operations."""

import json
import logging

import pytest
from fastapi import FastAPI

from server.telemetry.log_format import JsonFormatter
from services.core.persisted_documents import hash_text
from tests.mcp.agent import agent_of
from tests.monitoring.conftest import scrape
from tests.support.app_fixture import AppFixture

QUERY = "query Teams($name: String!) { teams(where: {name: {eq: $name}}) { totalCount } }"
SECRET = "the value of a variable"


@pytest.fixture
def all_are_slow(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every operation count as slow."""
    monkeypatch.setattr(app.state.monitoring.slow_log, "_seconds", 0.0)


def slow_lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return the lines of the log."""
    return [record for record in caplog.records if record.name == "allotment.slow"]


@pytest.mark.usefixtures("all_are_slow")
async def test_line_describes_the_operation(app_fixture: AppFixture, caplog: pytest.LogCaptureFixture) -> None:
    client = app_fixture.tenant.client().with_headers(**{"X-Client-Name": "web", "X-Client-Version": "1.2"})
    await client(QUERY, name=SECRET)
    (record,) = slow_lines(caplog)
    line = json.loads(JsonFormatter().format(record))
    assert line["level"] == "WARNING"
    assert line["document"] == hash_text(QUERY)
    assert (line["operation_type"], line["operation_name"], line["outcome"]) == ("query", "Teams", "ok")
    assert (line["client"], line["client_version"]) == ("web", "1.2")
    assert line["statements"] >= 2
    assert line["ms"] >= line["statement_ms"] > 0
    assert line["cost"] <= line["cost_requested"]
    assert SECRET not in json.dumps(line)
    assert (await scrape(app_fixture.http)).value("slow_operations_total") == 1


@pytest.mark.usefixtures("all_are_slow")
async def test_transport_is_logged_and_counted(app_fixture: AppFixture, caplog: pytest.LogCaptureFixture) -> None:
    await app_fixture.tenant.client()(QUERY, name=SECRET)
    await agent_of(app_fixture).call("run_query", query=QUERY, variables={"name": SECRET})
    assert [vars(record)["transport"] for record in slow_lines(caplog)] == ["http", "mcp"]
    assert [vars(record).get("client") for record in slow_lines(caplog)] == [None, "mcp"]
    assert (await scrape(app_fixture.http)).value("http_requests_total", endpoint="mcp", status="200") == 1


@pytest.mark.usefixtures("all_are_slow")
async def test_line_of_a_request_without_a_document(app_fixture: AppFixture, caplog: pytest.LogCaptureFixture) -> None:
    await app_fixture.client()("query Broken { nothing }")
    (record,) = slow_lines(caplog)
    assert "outcome=BAD_USER_INPUT" in record.getMessage()
    assert "document" not in vars(record)


async def test_fast_operations_are_not_logged(app_fixture: AppFixture, caplog: pytest.LogCaptureFixture) -> None:
    await app_fixture.tenant.client()(QUERY, name=SECRET)
    assert slow_lines(caplog) == []


@pytest.mark.usefixtures("all_are_slow")
async def test_tenant_and_user_are_fields_of_the_line(
    app_fixture: AppFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("allotment.slow")
    logger.addHandler(handler)
    try:
        await app_fixture.tenant.client()(QUERY, name=SECRET)
    finally:
        logger.removeHandler(handler)
    line = json.loads(capsys.readouterr().err)
    assert line["tenant"] == app_fixture.tenant.slug
    assert {"request_id", "user"} <= line.keys()
