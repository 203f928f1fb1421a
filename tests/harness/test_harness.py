"""Tests of the harness: replication, isolation, outages and cleanup."""

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

from tests.harness import postgres_server
from tests.harness.cluster import Cluster
from tests.harness.cluster_setup import APP_ROLE
from tests.harness.databases import PostgresDatabases, SqliteDatabases
from tests.harness.processes import is_serving
from tests.harness.session_directory import SessionDirectory
from tests.harness.statement_counter import StatementCounter
from tests.harness.sync_connection import SyncConnection


def create_notes(url: str) -> None:
    """Create a small schema instead of running the application's migrations."""
    execute(url, "CREATE TABLE note (text text NOT NULL)")


def create_empty_file(url: str) -> None:
    Path(url.removeprefix("sqlite:///")).touch()


def execute(url: str, sql: str) -> None:
    with closing(SyncConnection(url)) as connection:
        connection.execute(sql)


def fetch_value(url: str, sql: str) -> Any:
    with closing(SyncConnection(url)) as connection:
        return connection.fetch_value(sql)


def count_notes(url: str) -> int:
    count: int = fetch_value(url, "SELECT count(*) FROM note")
    return count


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[PostgresDatabases]:
    databases = PostgresDatabases(cluster, create_notes, template="template_notes")
    yield databases
    databases.close()


@pytest.fixture(scope="module")
def private_cluster() -> Iterator[Cluster]:
    """A cluster whose servers the tests may kill and pause."""
    with Cluster() as cluster:
        cluster.execute("CREATE TABLE note (text text NOT NULL)")
        yield cluster


@pytest.mark.slow
class TestCluster:
    def test_replica_streams_and_catches_up(self, private_cluster: Cluster) -> None:
        private_cluster.wait_replayed(1)
        before = count_notes(private_cluster.superuser_dsn(1))
        private_cluster.execute("INSERT INTO note VALUES ('streamed')")
        private_cluster.wait_replayed(1)
        assert count_notes(private_cluster.superuser_dsn(1)) == before + 1
        assert private_cluster.fetch_value("SELECT pg_is_in_recovery()", n=1) is True

    def test_paused_replica_lags_until_resumed(self, private_cluster: Cluster) -> None:
        private_cluster.wait_replayed(1)
        before = count_notes(private_cluster.superuser_dsn(1))
        with private_cluster.replay_paused(1):
            private_cluster.execute("INSERT INTO note VALUES ('late')")
            with pytest.raises(TimeoutError):
                private_cluster.wait_replayed(1, timeout=0.05)
            assert count_notes(private_cluster.superuser_dsn(1)) == before
        private_cluster.wait_replayed(1)
        assert count_notes(private_cluster.superuser_dsn(1)) == before + 1

    @pytest.mark.parametrize("n", [0, 1])
    def test_killed_server_refuses_connections_and_resumes_on_same_port(self, private_cluster: Cluster, n: int) -> None:
        before, dsn = count_notes(private_cluster.superuser_dsn()), private_cluster.superuser_dsn(n)
        private_cluster.kill(n)
        private_cluster.kill(n)
        assert not private_cluster.is_running(n)
        with pytest.raises(ConnectionRefusedError):
            count_notes(dsn)
        private_cluster.resume(n)
        private_cluster.execute("INSERT INTO note VALUES ('after')")
        private_cluster.wait_replayed(1)
        assert private_cluster.superuser_dsn(n) == dsn
        assert count_notes(dsn) == before + 1

    def test_restarted_server_keeps_its_port(self, private_cluster: Cluster) -> None:
        dsn = private_cluster.superuser_dsn()
        private_cluster.restart()
        assert private_cluster.superuser_dsn() == dsn
        assert private_cluster.fetch_value("SELECT now() - pg_postmaster_start_time() < interval '5 s'") is True

    def test_text_sorts_by_code_point(self, private_cluster: Cluster) -> None:
        assert (
            private_cluster.fetch_value("SELECT string_agg(x, '' ORDER BY x) FROM unnest('{a,B,ä,Z}'::text[]) x")
            == "BZaä"
        )

    def test_stop_removes_servers_and_files(self) -> None:
        cluster = Cluster(replicas=0).start()
        data, path = cluster.directory.servers / "0", cluster.directory.path
        assert is_serving(data)
        cluster.stop()
        cluster.stop()
        assert not path.exists()
        assert not is_serving(data)

    def test_start_retries_with_another_port_if_port_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            taken_port, free_port = listener.getsockname()[1], postgres_server.free_port()
            ports = iter([taken_port, free_port])
            monkeypatch.setattr(postgres_server, "free_port", lambda: next(ports))
            with Cluster(replicas=0) as cluster:
                assert cluster.dsn().endswith(f":{free_port}/postgres")

    def test_directory_of_killed_owner_is_removed(self) -> None:
        script = (
            "import os; from tests.harness.cluster import Cluster;"
            "c = Cluster(0).start(); print(c.directory.path, c.fetch_value('SELECT pg_backend_pid()'), flush=True);"
            "os.kill(os.getpid(), 9)"
        )
        killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        path = Path(killed.stdout.split()[0])
        data = path / "pg" / "0"
        assert is_serving(data)
        SessionDirectory.create().close()
        assert not path.exists()
        assert not is_serving(data)


class TestRole:
    def test_application_role_cannot_bypass_row_level_security(self, cluster: Cluster) -> None:
        bypasses_sql = "SELECT rolsuper OR rolbypassrls OR rolreplication FROM pg_roles WHERE rolname = current_user"
        for n in range(cluster.size):
            assert fetch_value(cluster.dsn(n), "SELECT current_user::text") == APP_ROLE
            assert fetch_value(cluster.dsn(n), bypasses_sql) is False

    def test_application_role_owns_its_databases(self, databases: PostgresDatabases) -> None:
        url = databases.create()
        owner = "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()"
        assert fetch_value(url, owner) == APP_ROLE
        databases.drop(url)


class TestDatabases:
    def test_databases_are_isolated(self, databases: PostgresDatabases) -> None:
        first, second = databases.create(), databases.create()
        execute(first, "INSERT INTO note VALUES ('mine')")
        assert (count_notes(first), count_notes(second)) == (1, 0)
        for url in (first, second):
            databases.drop(url)

    def test_prepared_database_is_used_once(self, databases: PostgresDatabases) -> None:
        databases.prepare_next()
        prepared, other = databases.create(), databases.create()
        execute(prepared, "INSERT INTO note VALUES ('mine')")
        assert (count_notes(prepared), count_notes(other)) == (1, 0)
        for url in (prepared, other):
            databases.drop(url)

    async def test_drop_closes_open_connections(self, databases: PostgresDatabases) -> None:
        url = databases.create()
        connection = await asyncpg.connect(url)
        databases.drop(url)
        databases.drop(databases.create())  # waits for the first drop
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await connection.fetchval("SELECT 1")

    def test_sqlite_files_are_in_the_session_directory_and_removed(self) -> None:
        directory = SessionDirectory.create()
        with directory.temporary_folder() as folder:
            assert folder.parent == directory.path
            (folder / "test.db").touch()
        assert not folder.exists()
        directory.close()

    def test_sqlite_files_are_separate_copies_of_one_template(self, tmp_path: Path) -> None:
        directory = SessionDirectory.create()
        databases = SqliteDatabases(directory, create_empty_file)
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
        first, second = (databases.create(tmp_path / name) for name in ("first", "second"))
        assert first != second
        assert SqliteDatabases(directory, pytest.fail).create(tmp_path).endswith("/test.db")  # migrated only once
        directory.close()


class TestStatementCounter:
    async def test_counts_statements_of_given_engines(self) -> None:
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
        for opened_engine in (engine, other):
            await opened_engine.dispose()


@pytest.mark.slow
class TestPlugin:
    """Runs pytest sessions in subprocesses."""

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
        def test_cluster(cluster): assert cluster.size == 1
        def test_none(): pass
    """

    @pytest.mark.parametrize(
        ("options", "summary", "servers"),
        [
            (("-p", "xdist", "-n", "2"), "6 passed", True),
            (("-m", "sqlite"), "2 passed, 4 deselected", False),
            (("-m", "postgresql", "--collect-only"), "3/6 tests collected (3 deselected)", False),
        ],
    )
    def test_servers_start_only_for_selected_tests(
        self, tmp_path: Path, options: tuple[str, ...], summary: str, *, servers: bool
    ) -> None:
        (tmp_path / "test_it.py").write_text(textwrap.dedent(self.TESTS))
        (tmp_path / "conftest.py").write_text(
            "def pytest_sessionfinish(session):\n"
            "    from tests.harness.pytest_plugin import SESSION_DIRECTORY_KEY\n"
            "    directory = session.config.stash.get(SESSION_DIRECTORY_KEY, None)\n"
            "    print('SERVERS', directory is not None and directory.servers.exists(), directory and directory.path)\n"
        )
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-s",
            "-p",
            "tests.harness.pytest_plugin",
            "-p",
            "no:cacheprovider",
        ]
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # importing them takes most of the time
        completed = subprocess.run(
            [*command, *options, "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)],
            capture_output=True, text=True, check=False, env=environment, cwd=tmp_path,
        )  # fmt: skip
        assert summary in completed.stdout, completed.stdout + completed.stderr
        assert f"SERVERS {servers}" in completed.stdout
        directory = re.search(r"SERVERS \w+ (/.*)", completed.stdout)
        assert directory is None or not Path(directory.group(1)).exists()
