"""Migrations of a big table on PostgreSQL, while a server of the old version answers requests."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.harness.cluster import Cluster
from tests.harness.cluster_setup import APP_ROLE
from tests.harness.processes import wait_until
from tests.harness.sync_connection import SyncConnection
from tests.support.command_line import command_runner
from tests.support.extra_migrations import ExtraMigrations, version_folder
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.long
DATABASE = "migrated_under_load"
ROWS = 200_000
CLIENTS = 8
INSERT_TASKS = """
    INSERT INTO task (tenant_id, id, created_at, updated_at, version, title, description, status, priority)
    SELECT tenant.id, gen_random_uuid(), now(), now(), 1, 'Task ' || n, '', 'TODO', 'LOW'
    FROM tenant, generate_series(1, $rows) AS n WHERE slug = 'demo'
"""
ADD_COLUMN = """
phase = "expand"

def upgrade():
    op.add_column("task", sa.Column("{name}", sa.Integer()))

def downgrade():
    op.drop_column("task", "{name}")
"""
CREATE_INDEX = """
phase = "expand"

def upgrade():
    op.create_index_concurrently("ix_task_description", "task", ["tenant_id", "description", "id"])

def downgrade():
    op.drop_index_concurrently("ix_task_description", "task")
"""
LOGIN = 'mutation { login(input: {email: "member@demo.test", password: "Allotment-demo-1!"}) { accessToken } }'
CREATE = 'mutation { createTask(input: {title: "Dig"}) { task { id } userErrors { message } } }'
READ = "{ tasks(first: 5) { nodes { id title status } } }"


class Server:
    """A server of the old version, and the superuser's connection to its database."""

    def __init__(self, url: str, database_url: str, superuser: SyncConnection) -> None:
        self.url, self.database_url, self.superuser = url, database_url, superuser
        payload = httpx.post(f"{url}/graphql", json={"query": LOGIN}, timeout=60).json()
        token = payload["data"]["login"]["accessToken"]
        self.headers = {"Authorization": f"Bearer {token}", "X-Tenant": "demo"}

    def is_ready(self) -> bool:
        return httpx.get(f"{self.url}/ready", timeout=60).is_success


class Load:
    """Clients that send an operation again and again; their failures, and the seconds of each request."""

    def __init__(self, server: Server, *queries: str) -> None:
        self.failures: list[str] = []
        self.seconds: list[float] = []
        self._server = server
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(query,)) for query in queries]

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Send within the block, after each client has had an answer."""
        for thread in self._threads:
            thread.start()
        try:
            wait_until(lambda: len(self.seconds) >= len(self._threads), 60, "the first answers")
            yield self
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join()

    def _send(self, query: str) -> None:
        with httpx.Client(headers=self._server.headers, timeout=60) as client:
            while not self._stopping.is_set():
                started = time.monotonic()
                response = client.post(f"{self._server.url}/graphql", json={"query": query})
                self.seconds.append(time.monotonic() - started)
                if not response.is_success or "errors" in response.json() or '"message"' in response.text:
                    self.failures.append(response.text)


@pytest.fixture(scope="module")
def server(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo data and many tasks."""
    cluster.execute(f"CREATE DATABASE {DATABASE} OWNER {APP_ROLE}")
    url = cluster.dsn(database=DATABASE)
    unlimited = {"COST_PER_SECOND_PRINCIPAL": "100000000", "COST_PER_SECOND_TENANT": "100000000"}
    try:
        with (
            ServerProcess(tmp_path_factory.mktemp("server"), url, "--demo", **unlimited) as process,
            closing(SyncConnection(cluster.superuser_dsn(database=DATABASE))) as superuser,
        ):
            superuser.execute(INSERT_TASKS.replace("$rows", str(ROWS)))
            yield Server(process.url, url, superuser)
    finally:
        cluster.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


@pytest.fixture
def migrations(server: Server, tmp_path: Path) -> Iterator[ExtraMigrations]:
    """Migrations after the newest one; at the end, the database is at the newest revision of the checkout again."""
    with version_folder(tmp_path / "versions") as extra:
        yield extra
        extra.downgrade(server.database_url)


@pytest.fixture
def reporting_transaction(server: Server, cluster: Cluster) -> Iterator[Callable[[], None]]:
    """A long transaction that has read the tasks, and so holds a lock on the table. The function ends it."""
    with closing(SyncConnection(cluster.dsn(database=DATABASE))) as connection:
        connection.execute("SET application_name = 'report'")
        connection.execute("BEGIN; SELECT count(*) FROM task")
        yield lambda: connection.execute("COMMIT")


def test_requests_are_served_while_a_migration_waits_for_a_lock(
    server: Server, migrations: ExtraMigrations, reporting_transaction: Callable[[], None]
) -> None:
    revision = migrations.add(ADD_COLUMN.format(name="one"))
    with Load(server, CREATE, READ, READ).running() as load:
        answered = len(load.seconds)
        result = command_runner(server.database_url)("migrate", "--lock-timeout", "0.5", "--attempts", "2")
        assert len(load.seconds) > answered
    assert result.exit_code == 1
    blocker = r"process \d+ \(report, idle in transaction, transaction open for \d+ s\)"
    first, last = result.stderr.splitlines()
    assert_matches(rf"{revision} waited 0.5 s for {blocker}; next attempt in 0.5 s\.", first)
    assert_matches(
        rf"allotment: Migration {revision} could not lock its tables in 2 attempts of 0.5 s, because of {blocker}\. "
        r"It has changed nothing, except for completed batches .*", last,
    )  # fmt: skip
    assert load.failures == []
    assert server.is_ready()
    assert not column_exists(server, "one")


def test_migration_is_completed_after_the_lock_is_released(
    server: Server,
    migrations: ExtraMigrations,
    reporting_transaction: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migrations.add(ADD_COLUMN.format(name="one"))
    monkeypatch.setattr("server.cli.migration_run.sleep", lambda _: reporting_transaction())
    with Load(server, CREATE, READ, READ).running() as load:
        result = command_runner(server.database_url)("migrate", "--lock-timeout", "0.5")
        assert result.exit_code == 0, result.output
        answered = len(load.seconds)
        wait_until(lambda: len(load.seconds) >= answered + 20, 60, "requests after the migration")
    print(f"\nlongest request of {len(load.seconds)} while a column was added: {max(load.seconds):.2f} s")
    assert "waited 0.5 s for process" in result.stderr
    assert load.failures == []
    assert server.is_ready()
    assert column_exists(server, "one")


def test_index_is_created_while_clients_write(server: Server, migrations: ExtraMigrations) -> None:
    migrations.add(CREATE_INDEX)
    with Load(server, *[CREATE] * CLIENTS).running() as load:
        answered = len(load.seconds)
        result = command_runner(server.database_url)("migrate")
        assert result.exit_code == 0, result.output
        written = len(load.seconds) - answered
    print(f"\n{written} writes of {CLIENTS} clients meanwhile, the longest {max(load.seconds):.2f} s")
    assert written > 0
    assert load.failures == []
    assert server.is_ready()
    assert index_is_valid(server)


def assert_matches(pattern: str, text: str) -> None:
    assert re.fullmatch(pattern, text), text


def column_exists(server: Server, name: str) -> bool:
    query = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'task'::regclass AND attname = $1 AND NOT attisdropped"
    return bool(server.superuser.fetch_value(query, name))


def index_is_valid(server: Server) -> bool:
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_task_description')"
    return bool(server.superuser.fetch_value(query))
