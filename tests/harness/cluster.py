"""A temporary PostgreSQL cluster on the loopback interface: a primary and its streaming replicas."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Self

from tests.harness.cluster_setup import APP_ROLE, SETTINGS, SUPERUSER, create_servers, prepare_programs
from tests.harness.postgres_server import PostgresServer
from tests.harness.processes import wait_until
from tests.harness.server_choice import require_control
from tests.harness.session_directory import SessionDirectory
from tests.harness.sync_connection import SyncConnection


class Cluster:
    """A primary (server 0) and its replicas (servers 1 and up). A server keeps its port when it is restarted.

    Without a session directory the cluster creates its own one and is removed on stop. With a given one, the first
    Cluster object creates the servers with its `replicas` and `settings`; later ones, also of other processes, connect
    to these servers, which run until the session directory is closed.
    """

    def __init__(
        self, replicas: int = 1, *, directory: SessionDirectory | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.directory = directory or SessionDirectory.create()
        self._owns_directory = directory is None
        self._replicas = replicas
        self._settings = {**SETTINGS, **(settings or {})}
        self._servers: list[PostgresServer] = []
        self._connections: dict[int, SyncConnection] = {}

    # Lifecycle

    def start(self) -> Self:
        """Start or join the servers. Return when all accept connections and have the application's role. Skip the test
        if it may not start servers."""
        require_control()
        try:
            with self.directory.locked("cluster"):
                self._join_or_create()
        except BaseException:
            self.stop()
            raise
        return self

    def _join_or_create(self) -> None:
        manifest, programs = self.directory.path / "ports.json", prepare_programs(self.directory)
        if manifest.exists():
            ports: list[int] = json.loads(manifest.read_text())
            self._servers = [
                PostgresServer(self.directory.servers / str(n), programs, port) for n, port in enumerate(ports)
            ]
            return
        self.directory.clear_servers()  # left by a process that was killed while creating them
        self._servers = create_servers(self.directory, programs, self._replicas, self._settings)
        for n in range(1, self.size):
            self.wait_replayed(n)
        manifest.write_text(json.dumps([server.port for server in self._servers]))

    def stop(self) -> None:
        """Close the connections, and remove the servers if the directory is its own. May be called again."""
        for n in range(self.size):
            self._disconnect(n)
        if self._owns_directory:
            self.directory.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Connections

    @property
    def owner(self) -> str:
        """The role that owns the databases: the application's, which row-level security applies to."""
        return APP_ROLE

    @property
    def admin_dsn(self) -> str:
        """The URL for creating databases."""
        return self.superuser_dsn()

    @property
    def database_prefix(self) -> str:
        """How the names of all databases of the tests begin."""
        return ""

    @property
    def size(self) -> int:
        """The number of servers, including the primary."""
        return len(self._servers)

    def dsn(self, n: int = 0, database: str = "postgres", user: str = APP_ROLE) -> str:
        """Return the URL of a database on server n, by default for the application's role, which RLS applies to."""
        return f"postgresql://{user}@127.0.0.1:{self._server(n).port}/{database}"

    def superuser_dsn(self, n: int = 0, database: str = "postgres") -> str:
        """Return the URL of a database on server n for the superuser."""
        return self.dsn(n, database, SUPERUSER)

    def dsn_of_all(self, database: str, user: str = APP_ROLE) -> str:
        """Return the URL of a database that names all servers."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self._servers)
        return f"postgresql://{user}@{hosts}/{database}"

    def execute(self, sql: str, n: int = 0) -> None:
        """Run one statement as superuser in the database `postgres` of server n."""
        self._connection(n).execute(sql)

    def fetch_value(self, sql: str, *arguments: object, n: int = 0) -> Any:
        """Return the first value of a query run as superuser in the database `postgres` of server n."""
        return self._connection(n).fetch_value(sql, *arguments)

    # Outages. Not for a cluster that is shared with other tests.

    def restart(self, n: int = 0) -> None:
        """Shut down and start server n."""
        self._disconnect(n)
        self._server(n).stop()
        self._server(n).start()

    def kill(self, n: int = 0) -> None:
        """Crash server n. Does nothing if it is not running."""
        self._disconnect(n)
        self._server(n).kill()

    def power_off(self, n: int = 0) -> None:
        """Kill all processes of server n with SIGKILL at once."""
        self._disconnect(n)
        self._server(n).power_off()

    def shut_down(self, n: int = 0) -> None:
        """Shut down server n: connections are closed, and replicas receive everything."""
        self._disconnect(n)
        self._server(n).stop()

    def suspended(self, n: int = 0) -> AbstractContextManager[None]:
        """Suspend server n within the block: it accepts connections and statements, but answers none."""
        return self._server(n).suspended()

    def resume(self, n: int = 0) -> None:
        """Start server n after a crash; it recovers first."""
        self._server(n).start()

    def is_running(self, n: int = 0) -> bool:
        """Return whether server n has a process, which it also has during recovery."""
        return self._server(n).is_running

    def promote(self, n: int = 1) -> None:
        """Make replica n a primary, which continues on a new timeline."""
        self.execute("SELECT pg_promote()", n)
        wait_until(lambda: self.fetch_value("SELECT pg_is_in_recovery()", n=n) is False, 10, f"promotion of {n}")

    def follow(self, n: int, primary: int) -> None:
        """Start server n, which was shut down, as a replica of another server."""
        self._server(n).follow(self._server(primary), SUPERUSER)

    def replicate_synchronously(self, n: int = 1) -> None:
        """Let commits on the primary wait until replica n has received them."""
        self.execute(f"ALTER SYSTEM SET synchronous_standby_names = 'replica{n}'")
        self.execute("SELECT pg_reload_conf()")
        state = f"SELECT sync_state FROM pg_stat_replication WHERE application_name = 'replica{n}'"  # noqa: S608
        wait_until(lambda: self.fetch_value(state) == "sync", 10, f"synchronous replica {n}")

    def copy_database(self, name: str, other: "Cluster") -> None:
        """Dump a database of the primary, and restore it into an empty database of the same name in another cluster."""
        programs, file = self._server(0).programs, self.directory.servers / f"{name}.dump"
        programs.run("pg_dump", "-Fc", "-f", str(file), self.superuser_dsn(database=name))
        programs.run("pg_restore", "-d", other.superuser_dsn(database=name), str(file))

    # Replication

    def wait_replayed(self, n: int = 1, timeout: float = 10) -> None:
        """Wait until replica n has replayed all current commits of the primary. Raise TimeoutError if it does not."""
        position = self.fetch_value("SELECT pg_current_wal_lsn()::text")
        caught_up = "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)"
        wait_until(lambda: self.fetch_value(caught_up, position, n=n) is True, timeout, f"replica {n} at {position}")

    def pause_replay(self, n: int = 1) -> None:
        """Pause the replay on replica n: it still receives the log, but does not apply it."""
        self.execute("SELECT pg_wal_replay_pause()", n)
        state = "SELECT pg_get_wal_replay_pause_state()"
        wait_until(lambda: self.fetch_value(state, n=n) == "paused", 5, f"pause of replica {n}")

    def resume_replay(self, n: int = 1) -> None:
        """Resume the replay on replica n."""
        self.execute("SELECT pg_wal_replay_resume()", n)

    @contextmanager
    def replay_paused(self, n: int = 1) -> Iterator[None]:
        """Pause the replay on replica n within the block."""
        self.pause_replay(n)
        try:
            yield
        finally:
            self.resume_replay(n)

    def _server(self, n: int) -> PostgresServer:
        return self._servers[n]

    def _connection(self, n: int) -> SyncConnection:
        if n not in self._connections:
            self._connections[n] = SyncConnection(self.superuser_dsn(n))
        return self._connections[n]

    def _disconnect(self, n: int) -> None:
        if n in self._connections:
            self._connections.pop(n).close()
