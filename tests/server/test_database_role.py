"""The server and the role it connects as."""

import logging

import pytest

from server.app import create_app
from server.database_role import UnboundRole, open_tables, tenant_tables
from server.settings import Settings, load_settings
from tests.harness.cluster import Cluster
from tests.harness.databases import database_of
from tests.support.closing import close

SECRET = "0q9w8e7rtyuio3pas5dfghj2klzxcvbnm"


def settings_for(url: str, environment: str) -> Settings:
    return load_settings(None, environment=environment, database_url=url, secret_key=SECRET)


async def start(url: str, environment: str) -> None:
    app = create_app(settings_for(url, environment))
    try:
        async with app.router.lifespan_context(app):
            pass
    finally:
        await close(app)


@pytest.fixture
def superuser_url(cluster: Cluster, database_url: str) -> str:
    return cluster.superuser_dsn(database=database_of(database_url))


@pytest.fixture
def bypassing_url(cluster: Cluster, database_url: str) -> str:
    cluster.execute("DO $$ BEGIN CREATE ROLE passer LOGIN BYPASSRLS; EXCEPTION WHEN duplicate_object THEN END $$")
    database = database_of(database_url)
    cluster.execute(f'GRANT allotment TO passer; GRANT ALL ON DATABASE "{database}" TO passer')
    return cluster.dsn(database=database, user="passer")


async def test_production_starts_behind_row_level_security(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    await start(database_url, "production")
    assert not caplog.records


async def test_production_refuses_a_superuser(superuser_url: str) -> None:
    with pytest.raises(UnboundRole, match='"postgres" is a superuser'):
        await start(superuser_url, "production")


async def test_production_refuses_bypassrls(bypassing_url: str) -> None:
    with pytest.raises(UnboundRole, match='"passer" is BYPASSRLS'):
        await start(bypassing_url, "production")


async def test_development_warns(superuser_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "allotment.database"):
        await start(superuser_url, "development")
    (record,) = caplog.records
    assert "row-level security does not bind it" in record.getMessage()


@pytest.mark.only("postgresql")
async def test_every_table_of_tenants_is_protected(database_url: str) -> None:
    app = create_app(settings_for(database_url, "test"))
    async with app.state.database.reading.connect() as connection:
        assert await open_tables(connection) == []
    await close(app)
    assert {"task", "task_worker", "worker", "project", "team"} <= set(tenant_tables())
    assert not {"user", "tenant", "membership"} & set(tenant_tables())
