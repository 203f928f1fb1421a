"""The harness keeps its own promises: replication, isolation, trouble on demand, nothing left over."""

import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.harness import server
from tests.harness.build import APP_ROLE
from tests.harness.cluster import Cluster
from tests.harness.console import Console
from tests.harness.databases import PostgresDatabases, SqliteDatabases
from tests.harness.home import Home
from tests.harness.processes import is_serving
from tests.harness.statements import StatementCounter


def create_notes(url: str) -> None:
    """A small stand-in for the application's migrations."""
    execute(url, "CREATE TABLE note (text text NOT NULL)")


def create_empty_file(url: str) -> None:
    Path(url.removeprefix("sqlite:///")).touch()


def execute(url: str, sql: str) -> None:
    with closing(Console(url)) as console:
        console.execute(sql)


def value(url: str, sql: str) -> Any:
    with closing(Console(url)) as console:
        return console.value(sql)


def count_notes(url: str) -> int:
    count: int = value(url, "SELECT count(*) FROM note")
    return count


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[PostgresDatabases]:
    made = PostgresDatabases(cluster, create_notes, template="template_notes")
    yield made
    made.close()


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """A cluster to mistreat."""
    with Cluster() as cluster:
        cluster.execute("CREATE TABLE note (text text NOT NULL)")
        yield cluster


class TestCluster:
    def test_replica_streams_and_catches_up(self, own: Cluster) -> None:
        before = count_notes(own.superuser_dsn(1))
        own.execute("INSERT INTO note VALUES ('seen')")
        own.wait_replayed(1)
        assert count_notes(own.superuser_dsn(1)) == before + 1
        assert own.value("SELECT pg_is_in_recovery()", n=1) is True

    def test_paused_replica_lags_until_resumed(self, own: Cluster) -> None:
        before = count_notes(own.superuser_dsn(1))
        with own.replay_paused(1):
            own.execute("INSERT INTO note VALUES ('late')")
            with pytest.raises(TimeoutError):
                own.wait_replayed(1, timeout=0.05)
            assert count_notes(own.superuser_dsn(1)) == before
        own.wait_replayed(1)
        assert count_notes(own.superuser_dsn(1)) == before + 1

    @pytest.mark.parametrize("n", [0, 1])
    def test_killed_server_is_away_and_comes_back_where_it_was(self, own: Cluster, n: int) -> None:
        before, dsn = count_notes(own.superuser_dsn()), own.superuser_dsn(n)
        own.kill(n)
        own.kill(n)
        assert not own.is_running(n)
        with pytest.raises(ConnectionRefusedError):
            count_notes(dsn)
        own.resume(n)
        own.execute("INSERT INTO note VALUES ('after')")
        own.wait_replayed(1)
        assert own.superuser_dsn(n) == dsn
        assert count_notes(dsn) == before + 1

    def test_restarted_server_keeps_its_address(self, own: Cluster) -> None:
        dsn = own.superuser_dsn()
        own.restart()
        assert own.superuser_dsn() == dsn
        assert own.value("SELECT now() - pg_postmaster_start_time() < interval '5 s'") is True

    def test_text_sorts_by_code_point(self, own: Cluster) -> None:
        assert own.value("SELECT string_agg(x, '' ORDER BY x) FROM unnest('{a,B,ä,Z}'::text[]) x") == "BZaä"

    def test_nothing_is_left_after_stop(self) -> None:
        cluster = Cluster(replicas=0).start()
        data, path = cluster.home.servers / "0", cluster.home.path
        assert is_serving(data)
        cluster.stop()
        cluster.stop()
        assert not path.exists()
        assert not is_serving(data)

    def test_snatched_port_is_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as snatcher:
            taken, free = snatcher.getsockname()[1], server.free_port()
            ports = iter([taken, free])
            monkeypatch.setattr(server, "free_port", lambda: next(ports))
            with Cluster(replicas=0) as cluster:
                assert cluster.dsn().endswith(f":{free}/postgres")

    def test_what_a_dead_owner_left_is_reaped(self) -> None:
        script = (
            "import os; from tests.harness.cluster import Cluster;"
            "c = Cluster(0).start(); print(c.home.path, c.value('SELECT pg_backend_pid()'), flush=True);"
            "os.kill(os.getpid(), 9)"
        )
        dead = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        path = Path(dead.stdout.split()[0])
        data = path / "pg" / "0"
        assert is_serving(data)
        Home.create().close()
        assert not path.exists()
        assert not is_serving(data)


class TestRole:
    def test_application_is_bound_by_row_level_security(self, cluster: Cluster) -> None:
        rights = "SELECT rolsuper OR rolbypassrls OR rolreplication FROM pg_roles WHERE rolname = current_user"
        for n in range(cluster.size):
            assert value(cluster.dsn(n), "SELECT current_user::text") == APP_ROLE
            assert value(cluster.dsn(n), rights) is False

    def test_application_owns_its_databases(self, databases: PostgresDatabases) -> None:
        url = databases.create()
        owner = "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()"
        assert value(url, owner) == APP_ROLE
        databases.drop(url)


class TestDatabases:
    def test_databases_do_not_see_each_other(self, databases: PostgresDatabases) -> None:
        one, other = databases.create(), databases.create()
        execute(one, "INSERT INTO note VALUES ('mine')")
        assert (count_notes(one), count_notes(other)) == (1, 0)
        for url in (one, other):
            databases.drop(url)

    async def test_drop_takes_a_database_from_those_still_in_it(self, databases: PostgresDatabases) -> None:
        url = databases.create()
        connection = await asyncpg.connect(url)
        databases.drop(url)
        databases.drop(databases.create())  # waits for the first
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await connection.fetchval("SELECT 1")

    def test_sqlite_files_do_not_see_each_other(self, tmp_path: Path) -> None:
        home = Home.create()
        databases = SqliteDatabases(home, create_empty_file)
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
        one, other = (databases.create(tmp_path / name) for name in ("one", "other"))
        assert one != other
        assert SqliteDatabases(home, pytest.fail).create(tmp_path).endswith("/test.db")  # migrated only once
        home.close()


class TestStatementCounter:
    async def test_counts_what_the_application_sends(self) -> None:
        engine, other = (create_async_engine("sqlite+aiosqlite://") for _ in range(2))
        async with engine.connect() as connection:
            with StatementCounter(engine, other) as counter:
                await connection.execute(text("SELECT 1"))
                await connection.exec_driver_sql("PRAGMA foreign_keys")
                async with other.begin() as second:
                    await second.execute(text("SELECT 2"))
            await connection.execute(text("SELECT 3"))
        assert counter.statements == ["SELECT 1", "SELECT 2"]
        counter.assert_budget(2)
        with pytest.raises(AssertionError, match=r"2 statements where 1 are allowed:\n1. SELECT 1\n2. SELECT 2"):
            counter.assert_budget(1)
        for made in (engine, other):
            await made.dispose()


class TestPlugin:
    """A session of its own, in a process of its own."""

    TESTS = """
        import pytest
        from tests.harness.cluster import Cluster

        @pytest.fixture(scope="session")
        def migrate():
            return lambda url: url.startswith("sqlite") and open(url.removeprefix("sqlite:///"), "wb").close()

        def test_both(database_url, engine_name): assert database_url.startswith(engine_name)
        @pytest.mark.only("sqlite")
        def test_only(database_url): assert database_url.startswith("sqlite:////")
        def test_replica(replica_url, engine_name): assert engine_name == "postgresql"
        def test_cluster(cluster): assert cluster.size == 2
        def test_none(): pass
    """

    @pytest.mark.parametrize(
        ("options", "summary", "servers"),
        [
            (("-n", "2"), "6 passed", True),
            (("-m", "sqlite"), "2 passed, 4 deselected", False),
            (("-m", "postgresql", "--collect-only"), "3/6 tests collected (3 deselected)", False),
        ],
    )
    def test_session(self, tmp_path: Path, options: tuple[str, ...], summary: str, *, servers: bool) -> None:
        (tmp_path / "test_it.py").write_text(textwrap.dedent(self.TESTS))
        (tmp_path / "conftest.py").write_text(
            "def pytest_sessionfinish(session):\n"
            "    from tests.harness.plugin import HOME\n"
            "    home = session.config.stash.get(HOME, None)\n"
            "    print('SERVERS', home is not None and home.servers.exists(), home and home.path)\n"
        )
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "tests.harness.plugin", "-p", "no:cacheprovider"]
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        done = subprocess.run(
            [*command, *options, "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)],
            capture_output=True, text=True, check=False, env=environment, cwd=tmp_path,
        )  # fmt: skip
        assert summary in done.stdout, done.stdout + done.stderr
        assert f"SERVERS {servers}" in done.stdout
        home = re.search(r"SERVERS \w+ (/.*)", done.stdout)
        assert home is None or not Path(home.group(1)).exists()
