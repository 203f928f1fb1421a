"""The role that the server connects to PostgreSQL as."""

import logging

import pytest

from database.role import RoleBypassesRls, list_tenant_tables, list_unprotected_tables
from server.app import create_app
from server.config.settings import Settings, load_settings
from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.support.app_shutdown import shut_down
from tests.support.settings import PRODUCTION_SECRET_KEY


def build_settings(url: str, environment: str) -> Settings:
    return load_settings(None, environment=environment, database_url=url, secret_key=PRODUCTION_SECRET_KEY)


async def start_server(url: str, environment: str) -> None:
    app = create_app(build_settings(url, environment))
    try:
        async with app.router.lifespan_context(app):
            pass
    finally:
        await shut_down(app)


@pytest.fixture
def superuser_url(cluster: Cluster, database_url: str) -> str:
    """The URL of the test's database for a superuser."""
    return cluster.superuser_dsn(database=database_name(database_url))


@pytest.fixture
def bypassing_role_url(cluster: Cluster, database_url: str) -> str:
    """The URL of the test's database for a role with BYPASSRLS."""
    cluster.execute(
        "DO $$ BEGIN CREATE ROLE bypassing_role LOGIN BYPASSRLS; EXCEPTION WHEN duplicate_object THEN END $$"
    )
    database = database_name(database_url)
    cluster.execute(f'GRANT allotment TO bypassing_role; GRANT ALL ON DATABASE "{database}" TO bypassing_role')
    return cluster.dsn(database=database, user="bypassing_role")


async def test_production_starts_with_role_bound_by_row_level_security(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await start_server(database_url, "production")
    assert not caplog.records


async def test_production_refuses_superuser(superuser_url: str) -> None:
    with pytest.raises(RoleBypassesRls, match='"postgres" is a superuser'):
        await start_server(superuser_url, "production")


async def test_production_refuses_role_with_bypassrls(bypassing_role_url: str) -> None:
    with pytest.raises(RoleBypassesRls, match='"bypassing_role" is BYPASSRLS'):
        await start_server(bypassing_role_url, "production")


async def test_development_logs_warning_for_superuser(superuser_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "allotment.database"):
        await start_server(superuser_url, "development")
    (record,) = caplog.records
    assert "row-level security does not bind it" in record.getMessage()


@pytest.mark.only("postgresql")
async def test_all_tenant_tables_have_row_level_security(database_url: str) -> None:
    app = create_app(build_settings(database_url, "test"))
    async with app.state.database.read_engine.connect() as connection:
        assert await list_unprotected_tables(connection) == []
    await shut_down(app)
    assert {"task", "task_worker", "worker", "project", "team"} <= set(list_tenant_tables())
    assert not {"user", "tenant", "membership"} & set(list_tenant_tables())
