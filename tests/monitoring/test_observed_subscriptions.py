"""Subscriptions are observed: their number, their opening, and each of their events."""

from fastapi import FastAPI

from models import FieldUsage, Project
from models.relations import table_of
from server.monitoring.active_monitoring import ActiveMonitoring
from tests.monitoring.conftest import scrape
from tests.support.app_fixture import AppFixture
from tests.support.subscriptions import follow, subscribe

QUERY = "subscription Follow { changes { type object { ... on Project { name } } } }"


async def test_events_are_operations(app: FastAPI, app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    async with follow(app, tenant.client(), QUERY) as changes:
        for name in ("One", "Two"):
            await tenant.create(Project, name=name)
            await changes.next_event()
        samples = await scrape(app_fixture.http)
        assert samples.value("subscriptions") == 1
        assert samples.value("websockets") == 1
        assert samples.value("operations_total", operation="Follow", outcome="ok") == 3
        assert samples.value("operation_statements_total", operation="Follow") > 0
    assert (await scrape(app_fixture.http)).value("subscriptions") == 0


async def test_fields_count_as_used_without_an_event(
    app: FastAPI, app_fixture: AppFixture, monitoring: ActiveMonitoring
) -> None:
    client = app_fixture.tenant.client().with_headers(**{"X-Client-Name": "live"})
    async with follow(app, client, QUERY):
        assert monitoring.usage is not None
        await monitoring.usage.flush()
    table = table_of(FieldUsage)
    async with app_fixture.database.read_engine.connect() as connection:
        rows = (await connection.execute(table.select())).all()
    assert {row.field for row in rows} == {
        "Subscription.changes",
        "Change.type",
        "Change.object",
        "Project.name",
    }
    assert {(row.client, row.requests) for row in rows} == {("live", 1)}


async def test_refused_subscriptions_are_counted(app: FastAPI, app_fixture: AppFixture) -> None:
    async with subscribe(app, {}, QUERY) as refused:
        assert await refused.error_codes() == ["UNAUTHENTICATED"]
    samples = await scrape(app_fixture.http)
    assert (
        samples.value("operations_total", operation="Follow", outcome="UNAUTHENTICATED")
        + samples.value("operations_total", operation="(other)", outcome="UNAUTHENTICATED")
        == 1
    )
