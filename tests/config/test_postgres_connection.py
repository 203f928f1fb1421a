"""Parsed database URLs, used to connect to real servers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from server.cli.checks.hosts import check_hosts, list_hosts
from server.config.database_url import ConnectionDefaults, parse_database_url
from tests.harness.cluster import Cluster
from tests.harness.postgres_server import free_port


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(replicas=1) as running:
        yield running


async def fetch_value(url: str, sql: str) -> object:
    database = parse_database_url(url, ConnectionDefaults("application", statement_timeout=1.5))
    engine = create_async_engine(database.url, connect_args=dict(database.connect_args), poolclass=NullPool)
    async with engine.connect() as connection:
        value: object = (await connection.execute(text(sql))).scalar_one()
    await engine.dispose()
    return value


async def test_server_settings_are_applied(cluster: Cluster) -> None:
    url = cluster.dsn() + "?options=-csearch_path%3Dschema%20-c%20work_mem%3D7MB"
    names = ("application_name", "statement_timeout", "search_path", "work_mem")
    values = [await fetch_value(url, f"SHOW {name}") for name in names]
    assert values == ["application", "1500ms", "schema", "7MB"]


async def test_statement_timeout_of_the_url_is_applied(cluster: Cluster) -> None:
    assert await fetch_value(cluster.dsn() + "?options=-cstatement_timeout%3D7s", "SHOW statement_timeout") == "7s"


async def test_pgbouncer_disables_statement_timeout_and_prepared_statements(cluster: Cluster) -> None:
    url = cluster.dsn() + "?pgbouncer=true"
    assert await fetch_value(url, "SHOW statement_timeout") == "0"
    assert await fetch_value(url, "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''") == 0
    with pytest.raises(TimeoutError):
        await fetch_value(url, "SELECT pg_sleep(10)::text")


async def test_socket_directory_connects_by_unix_socket(cluster: Cluster) -> None:
    user, port = cluster.dsn().split("//")[1].split("@")[0], cluster.dsn().rsplit(":", 1)[1].split("/")[0]
    sockets = cluster.directory.servers
    sql = "SELECT inet_server_addr() IS NULL"
    assert await fetch_value(f"postgres://{user}@/postgres?host={sockets}&port={port}&sslmode=require", sql) is True
    assert await fetch_value(f"postgres://{user}@{str(sockets).replace('/', '%2F')}:{port}/postgres", sql) is True


async def test_first_suitable_host_is_connected(cluster: Cluster) -> None:
    user, primary, replica = (
        part.split("//")[-1] for part in (cluster.dsn().split("@")[0], cluster.dsn(), cluster.dsn(1))
    )
    first, second = (url.split("@")[1].split("/")[0] for url in (primary, replica))
    hosts = f"postgres://{user}@127.0.0.1:{free_port()},{second},{first}/postgres"
    sql = "SELECT pg_is_in_recovery()"
    assert await fetch_value(hosts, sql) is False
    assert await fetch_value(hosts + "?target_session_attrs=any", sql) is True
    assert await fetch_value(hosts + "?target_session_attrs=prefer-standby", sql) is True
    assert await fetch_value(hosts + "?target_session_attrs=read-write", sql) is False
    assert await fetch_value(hosts + "?target_session_attrs=standby", sql) is True


async def test_standby_is_reported_by_the_check_of_hosts(cluster: Cluster) -> None:
    url = parse_database_url(cluster.dsn_of_all("postgres"))
    first, second = list_hosts(url)
    assert [result.message for result in await check_hosts(url)] == [
        f"hosts: 127.0.0.1:{first[1]} accepts writes",
        f"hosts: 127.0.0.1:{second[1]} answers, but accepts no writes",
    ]
