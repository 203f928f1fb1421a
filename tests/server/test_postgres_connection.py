"""Translated URLs, used on real servers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from server.database_url import ConnectionDefaults, translate
from tests.harness.cluster import Cluster
from tests.harness.server import free_port


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(replicas=1) as running:
        yield running


async def answer(url: str, sql: str) -> object:
    database = translate(url, ConnectionDefaults("plot", statement_timeout=1.5))
    engine = create_async_engine(database.url, connect_args=dict(database.connect_args), poolclass=NullPool)
    async with engine.connect() as connection:
        found: object = (await connection.execute(text(sql))).scalar_one()
    await engine.dispose()
    return found


async def test_settings_reach_the_server(cluster: Cluster) -> None:
    url = cluster.dsn() + "?options=-csearch_path%3Dgarden%20-c%20work_mem%3D7MB"
    names = ("application_name", "statement_timeout", "search_path", "work_mem")
    told = [await answer(url, f"SHOW {name}") for name in names]
    assert told == ["plot", "1500ms", "garden", "7MB"]


async def test_a_timeout_of_the_url_is_kept(cluster: Cluster) -> None:
    assert await answer(cluster.dsn() + "?options=-cstatement_timeout%3D7s", "SHOW statement_timeout") == "7s"


async def test_settings_for_poolers(cluster: Cluster) -> None:
    url = cluster.dsn() + "?pgbouncer=true"
    assert await answer(url, "SHOW statement_timeout") == "0"
    assert await answer(url, "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''") == 0
    with pytest.raises(TimeoutError):
        await answer(url, "SELECT pg_sleep(10)::text")


async def test_unix_sockets(cluster: Cluster) -> None:
    user, port = cluster.dsn().split("//")[1].split("@")[0], cluster.dsn().rsplit(":", 1)[1].split("/")[0]
    sockets = cluster.home.servers
    asked = "SELECT inet_server_addr() IS NULL"
    assert await answer(f"postgres://{user}@/postgres?host={sockets}&port={port}&sslmode=require", asked) is True
    assert await answer(f"postgres://{user}@{str(sockets).replace('/', '%2F')}:{port}/postgres", asked) is True


async def test_several_hosts(cluster: Cluster) -> None:
    user, primary, replica = (
        part.split("//")[-1] for part in (cluster.dsn().split("@")[0], cluster.dsn(), cluster.dsn(1))
    )
    first, second = (one.split("@")[1].split("/")[0] for one in (primary, replica))
    hosts = f"postgres://{user}@127.0.0.1:{free_port()},{first},{second}/postgres"
    asked = "SELECT pg_is_in_recovery()"
    assert await answer(hosts, asked) is False
    assert await answer(hosts + "?target_session_attrs=read-write", asked) is False
    assert await answer(hosts + "?target_session_attrs=standby", asked) is True
