"""Recording which clients use which fields."""

import asyncio
import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from database.engine import Database
from models import DocumentUsage, FieldUsage
from models.base import utc_now
from models.relations import table_of
from server.monitoring import usage_recorder, usage_store
from server.monitoring.active_monitoring import ActiveMonitoring
from server.monitoring.usage_recorder import UsageRecorder
from services.core.persisted_documents import hash_text
from tests.monitoring.conftest import scrape
from tests.support.app_fixture import AppFixture

QUERY = "query Teams { teams { nodes { name } } }"
FIELDS = {"Query.teams", "TeamConnection.nodes", "Team.name"}


@pytest.fixture
def recorder(monitoring: ActiveMonitoring) -> UsageRecorder:
    """The recorder of the application."""
    assert monitoring.usage is not None
    return monitoring.usage


async def load(database: Database, model: type[Any]) -> list[Any]:
    """Return all rows of a table."""
    async with database.read_engine.connect() as connection:
        return list(await connection.execute(select(table_of(model))))


def named(app_fixture: AppFixture, name: str, version: str = "") -> Any:
    """Return a client with a name."""
    headers = {"X-Client-Name": name, **({"X-Client-Version": version} if version else {})}
    return app_fixture.tenant.client().with_headers(**headers)


async def test_fields_are_counted_by_client_and_version(app_fixture: AppFixture, recorder: UsageRecorder) -> None:
    for name, version in (("web", "1.0"), ("web", "1.0"), ("web", "1.1"), ("mobile", "")):
        await named(app_fixture, name, version)(QUERY)
    await recorder.flush()
    await named(app_fixture, "web", "1.0")(QUERY)
    await recorder.flush()
    rows = await load(app_fixture.database, FieldUsage)
    counts = {(row.client, row.client_version): row.requests for row in rows if row.field == "Team.name"}
    assert counts == {("web", "1.0"): 3, ("web", "1.1"): 1, ("mobile", ""): 1}
    assert {row.field for row in rows} == FIELDS
    assert {row.day for row in rows} == {utc_now().date()}


async def test_documents_are_counted_by_hash(app_fixture: AppFixture, recorder: UsageRecorder) -> None:
    await named(app_fixture, "web")(QUERY)
    await named(app_fixture, "web")(QUERY)
    await recorder.flush()
    (row,) = await load(app_fixture.database, DocumentUsage)
    assert (row.sha256, row.operation, row.client, row.requests) == (hash_text(QUERY), "Teams", "web", 2)
    assert set(row.fields.split()) == FIELDS
    assert row.fields.startswith(" ")
    assert row.fields.endswith(" ")


async def test_only_operations_that_were_executed_count(app_fixture: AppFixture, recorder: UsageRecorder) -> None:
    await named(app_fixture, "web")("query Broken { nothing }")
    await app_fixture.tenant.client().post({"query": QUERY, "operationName": "Other"})
    await recorder.flush()
    assert await load(app_fixture.database, FieldUsage) == []


async def test_names_are_stored_without_control_characters_and_truncated(
    app_fixture: AppFixture, recorder: UsageRecorder
) -> None:
    await named(app_fixture, "w\x07e\x7fb" + "x" * 200, "v" * 5000)(QUERY)
    await app_fixture.tenant.client()(QUERY)
    await recorder.flush()
    clients = {(row.client, row.client_version) for row in await load(app_fixture.database, FieldUsage)}
    assert clients == {("web" + "x" * 61, "v" * 64), ("(none)", "")}


async def test_number_of_clients_is_bounded(
    app_fixture: AppFixture, recorder: UsageRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (usage_recorder, usage_store):
        monkeypatch.setattr(module, "MAX_CLIENT_VERSIONS", 5)
    for number in range(12):
        await named(app_fixture, f"client{number}")(QUERY)
        if number % 4 == 3:
            await recorder.flush()
    rows = await load(app_fixture.database, FieldUsage)
    counts = {row.client: row.requests for row in rows if row.field == "Team.name"}
    assert len(counts) <= 5
    assert counts["(other)"] == 12 - (len(counts) - 1)


async def test_names_of_anonymous_clients_are_not_stored(app_fixture: AppFixture, recorder: UsageRecorder) -> None:
    anonymous = app_fixture.client()
    await anonymous.with_headers(**{"X-Client-Name": "web"})("query Type { __typename }")
    await recorder.flush()
    await named(app_fixture, "web")(QUERY)
    await anonymous.with_headers(**{"X-Client-Name": "web"})(QUERY)
    await recorder.flush()
    counts = {row.client: row.requests for row in await load(app_fixture.database, DocumentUsage)}
    assert counts == {"(other)": 1, "web": 2}


async def test_new_documents_all_the_time_do_not_fill_the_memory(
    app_fixture: AppFixture, recorder: UsageRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_recorder, "MAX_PENDING", 5)
    for name in ("MAX_DOCUMENTS", "MAX_DOCUMENTS_AT_ONCE"):
        monkeypatch.setattr(usage_store, name, 7)
    for number in range(20):
        await named(app_fixture, "web")(f"query Q{number} {{ teams {{ nodes {{ name }} }} }}")
    assert (await scrape(app_fixture.http)).value("usage_unstored_requests") == 20
    await recorder.flush()
    assert len(await load(app_fixture.database, DocumentUsage)) == 7
    rows = await load(app_fixture.database, FieldUsage)
    assert {row.requests for row in rows} == {20}
    assert (await scrape(app_fixture.http)).value("usage_unstored_requests") == 0


async def test_counts_that_cannot_be_stored_are_stored_later(
    app_fixture: AppFixture, recorder: UsageRecorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_arguments: Any) -> None:
        raise OperationalError("INSERT", None, Exception("lost"))

    await named(app_fixture, "web")(QUERY)
    with monkeypatch.context() as patch:
        patch.setattr(usage_recorder, "add_usage", fail)
        await recorder.flush()
    assert "could not be stored" in caplog.text
    await named(app_fixture, "web")(QUERY)
    await recorder.flush()
    assert {row.requests for row in await load(app_fixture.database, FieldUsage)} == {2}


async def test_processes_store_at_the_same_time(app_fixture: AppFixture) -> None:
    recorders = [UsageRecorder(app_fixture.database, 90) for _ in range(4)]
    client, document = usage_store.Client("web", "1"), usage_store.UsedDocument("0" * 64, "Q")
    fields = frozenset(f"Type.field{number}" for number in range(50))
    for recorder in recorders:
        recorder.counts.add(client, document, fields, 10)
    await asyncio.gather(*(recorder.flush() for recorder in recorders))
    rows = await load(app_fixture.database, FieldUsage)
    assert (len(rows), {row.requests for row in rows}) == (50, {40})


async def test_old_usage_is_deleted(app_fixture: AppFixture, recorder: UsageRecorder) -> None:
    today = utc_now().date()
    client, document = usage_store.Client("web", ""), usage_store.UsedDocument("0" * 64, "Q")
    counts = usage_store.UsageCounts()
    counts.add(client, document, frozenset({"Team.name"}), 1)
    async with app_fixture.database.write_engine.begin() as connection:
        for age in (89, 91):
            await usage_store.add_usage(connection, counts, today - datetime.timedelta(days=age))
    await recorder.flush()
    days = {row.day for row in await load(app_fixture.database, FieldUsage)}
    assert days == {today - datetime.timedelta(days=89)}


async def test_rest_is_stored_when_the_application_ends(app_fixture: AppFixture, monitoring: ActiveMonitoring) -> None:
    async with monitoring.run():
        await named(app_fixture, "web")(QUERY)
    assert len(await load(app_fixture.database, FieldUsage)) == 3
