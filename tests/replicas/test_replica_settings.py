"""REPLICA_URLS, and an application whose replica cannot be reached."""

import logging

import httpx
import pytest

from database.replica import ReplicaState
from models.membership import Role
from server.app import create_app
from server.config.settings import SettingsError, load_settings
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.client import Client
from tests.support.settings import build_settings

PRIMARY = "postgresql://primary.test/db"
PASSWORD = "hunter2-hunter2"


def test_several_urls_are_separated_by_white_space() -> None:
    urls = f"postgres://ada:{PASSWORD}@a.test:5433/db\n postgresql://c.test/db?application_name=other"
    settings = build_settings(PRIMARY, replica_urls=urls, db_pool_size=3, db_max_overflow=4)
    assert [url.server for url in settings.replicas] == ["a.test:5433/db", "c.test:5432/db"]
    names = [url.connect_args["server_settings"]["application_name"] for url in settings.replicas]
    assert names == ["allotment", "other"]
    assert settings.max_database_connections == 3 * (3 + 4) + 3 + 1
    assert PASSWORD not in repr(settings) + str(settings.replicas)


def test_no_replicas_by_default() -> None:
    settings = build_settings(PRIMARY, db_pool_size=3, db_max_overflow=4)
    assert settings.replicas == ()
    assert settings.max_database_connections == 7 + 1


@pytest.mark.parametrize(
    ("database", "urls", "message"),
    [
        ("sqlite:///a.db", PRIMARY, "REPLICA_URLS: needs PostgreSQL, but DATABASE_URL is SQLite"),
        (PRIMARY, f"{PRIMARY} sqlite:///a.db", "REPLICA_URLS: URL 2 is not of PostgreSQL"),
        (PRIMARY, f"postgres://ada:{PASSWORD}@a:port/db", "REPLICA_URLS: URL 1 has a host that cannot be read"),
        (PRIMARY, f"{PRIMARY},{PRIMARY}", "REPLICA_URLS: URL 1 cannot be read"),
        (PRIMARY, f"postgres://ada:{PASSWORD}@a,b/db", "REPLICA_URLS: URL 1 names several hosts"),
    ],
)
def test_invalid_urls_are_reported_without_their_values(database: str, urls: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, database_url=database, replica_urls=urls)
    assert message in str(caught.value)
    assert PASSWORD not in str(caught.value)


async def test_token_is_ignored_without_replicas(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client(Role.ADMIN).with_headers(**{"X-Consistency-Token": "malformed"})
    response = await client(documents.create("Task"), input={"title": "Dig"})
    response.payload("createTask")
    assert "x-consistency-token" not in response.headers
    assert "extensions" not in response.body


@pytest.mark.only("postgresql")
async def test_application_starts_without_its_replica(
    app_fixture: AppFixture, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(build_settings(database_url, replica_urls="postgresql://127.0.0.1:1/db"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http,
    ):
        client = Client(http, **app_fixture.tenant.client(Role.ADMIN).headers)
        created = await client(documents.create("Task"), input={"title": "Dig"})
        with_token = client.with_headers(**{"X-Consistency-Token": created.headers["x-consistency-token"]})
        assert (await with_token("{ tasks { totalCount } }")).data["tasks"]["totalCount"] == 1
        assert [status.state for status in app.state.services.replicas.status()] == [ReplicaState.UNREACHABLE]
    await shut_down(app)
    messages = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len([message for message in messages if "127.0.0.1:1/db is unreachable" in message]) == 1


async def test_browsers_may_send_and_read_the_token() -> None:
    app = create_app(build_settings("sqlite:///never-opened.db", cors_origins="https://a.example"))
    origin = {"Origin": "https://a.example"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-Consistency-Token"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as http:
        preflight = await http.options("/graphql", headers=origin | asked)
        response = await http.get("/health", headers=origin)
    assert preflight.status_code == 200
    assert "X-Consistency-Token" in response.headers["Access-Control-Expose-Headers"]
