"""A throw-away PostgreSQL cluster on loopback: a primary and its streaming replicas, as root or not."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from tests.harness.build import APP_ROLE, SETTINGS, SUPERUSER, build, prepare_tools
from tests.harness.console import Console
from tests.harness.home import Home
from tests.harness.processes import wait_until
from tests.harness.server import Server


class Cluster:
    """Server 0 is the primary, 1 and up are its replicas. Every server keeps its port through kill and restart.

    Without a home the cluster has its own and vanishes on stop. With one, whoever comes first builds it there, later
    ones join it, `replicas` and `settings` are the first one's, and it lasts until the home is closed.
    """

    def __init__(
        self, replicas: int = 1, *, home: Home | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.home = home or Home.create()
        self._has_own_home = home is None
        self._replicas = replicas
        self._settings = {**SETTINGS, **(settings or {})}
        self._servers: list[Server] = []
        self._consoles: dict[int, Console] = {}

    # Life

    def start(self) -> Self:
        """Returns when all servers take connections and the application's role exists on each."""
        try:
            with self.home.locked("cluster"):
                self._join_or_build()
        except BaseException:
            self.stop()
            raise
        return self

    def _join_or_build(self) -> None:
        manifest, tools = self.home.path / "ports.json", prepare_tools(self.home)
        if manifest.exists():
            ports: list[int] = json.loads(manifest.read_text())
            self._servers = [Server(self.home.servers / str(n), tools, port) for n, port in enumerate(ports)]
            return
        self.home.clear_servers()  # of somebody who died half way
        self._servers = build(self.home, tools, self._replicas, self._settings)
        for n in range(1, self.size):
            self.wait_replayed(n)
        manifest.write_text(json.dumps([server.port for server in self._servers]))

    def stop(self) -> None:
        """Hangs up; of a cluster in its own home nothing is left. May be called again."""
        for n in range(self.size):
            self._hang_up(n)
        if self._has_own_home:
            self.home.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Use

    @property
    def size(self) -> int:
        """How many servers there are, the primary included."""
        return len(self._servers)

    def dsn(self, n: int = 0, database: str = "postgres", user: str = APP_ROLE) -> str:
        """The URL of a database on server n, by default as the application: no superuser passes row-level security."""
        return f"postgresql://{user}@127.0.0.1:{self._servers[n].port}/{database}"

    def superuser_dsn(self, n: int = 0, database: str = "postgres") -> str:
        """The same as the superuser, for what the application may not do."""
        return self.dsn(n, database, SUPERUSER)

    def execute(self, sql: str, n: int = 0) -> None:
        """Runs one statement as superuser in the database postgres of server n."""
        self._console(n).execute(sql)

    def value(self, sql: str, *arguments: object, n: int = 0) -> Any:
        """The first value of a query as superuser in the database postgres of server n."""
        return self._console(n).value(sql, *arguments)

    # Trouble. Not on a cluster that other tests share.

    def restart(self, n: int = 0) -> None:
        """Stops and starts server n in good order."""
        self._hang_up(n)
        self._servers[n].stop()
        self._servers[n].start()

    def kill(self, n: int = 0) -> None:
        """Crashes server n. Killing the dead does nothing."""
        self._hang_up(n)
        self._servers[n].kill()

    def resume(self, n: int = 0) -> None:
        """Starts server n again after kill; it recovers first."""
        self._servers[n].start()

    def is_running(self, n: int = 0) -> bool:
        """Whether server n has a process; while it recovers it has one, too."""
        return self._servers[n].is_running

    # Replication

    def wait_replayed(self, n: int = 1, timeout: float = 10) -> None:
        """Returns when replica n shows all that the primary had committed at the call; else TimeoutError."""
        position = self.value("SELECT pg_current_wal_lsn()::text")
        caught_up = "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)"
        wait_until(lambda: self.value(caught_up, position, n=n) is True, timeout, f"replica {n} at {position}")

    def pause_replay(self, n: int = 1) -> None:
        """From now on replica n receives but shows nothing new."""
        self.execute("SELECT pg_wal_replay_pause()", n)
        state = "SELECT pg_get_wal_replay_pause_state()"
        wait_until(lambda: self.value(state, n=n) == "paused", 5, f"the pause of replica {n}")

    def resume_replay(self, n: int = 1) -> None:
        """Lets replica n catch up."""
        self.execute("SELECT pg_wal_replay_resume()", n)

    @contextmanager
    def replay_paused(self, n: int = 1) -> Iterator[None]:
        """Replica n lags for the length of the block."""
        self.pause_replay(n)
        try:
            yield
        finally:
            self.resume_replay(n)

    def _console(self, n: int) -> Console:
        if n not in self._consoles:
            self._consoles[n] = Console(self.superuser_dsn(n))
        return self._consoles[n]

    def _hang_up(self, n: int) -> None:
        if n in self._consoles:
            self._consoles.pop(n).close()
