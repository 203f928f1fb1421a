"""The PostgreSQL that all contenders share: started, migrated, filled with the set, and gone afterwards."""

import os
import secrets
import subprocess
import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from bench.ground import Ground, find_ground
from server.checkout import CHECKOUT
from tests.harness.cluster import Cluster
from tests.harness.console import Console

DATABASE = "bench"
SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "16MB",
    "max_wal_size": "1GB",
    "jit": "off",  # compiling takes longer than any of these statements
}
# Allotment fills these columns itself, and so do the contenders written by hand. PostGraphile's clients cannot.
_DEFAULTS = (
    "ALTER TABLE task ALTER id SET DEFAULT {new_id}(), ALTER version SET DEFAULT 1,"
    " ALTER created_at SET DEFAULT now(), ALTER updated_at SET DEFAULT now()"
)


class Stage:
    """The database. `scale` shrinks the set, for trying things out."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._cluster = Cluster(0, settings=SETTINGS)
        self.secret = secrets.token_urlsafe(48)
        self.ground: Ground
        self.console: Console

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._cluster)
            self._cluster.execute(f"CREATE DATABASE {DATABASE} OWNER allotment")
            self._allotment("migrate")
            self._allotment("seed", "--bench", "--scale", str(self._scale))
            self.console = Console(self.superuser_url)
            stack.callback(self.console.close)
            self._prepare()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """As the application, whom row-level security binds."""
        return self._cluster.dsn(database=DATABASE)

    @property
    def superuser_url(self) -> str:
        """As somebody whom it does not bind."""
        return self._cluster.superuser_dsn(database=DATABASE)

    @property
    def version(self) -> str:
        """PostgreSQL's."""
        return str(self.console.value("SHOW server_version"))

    def tidy(self) -> None:
        """Take out what was created, so that every contender finds the tables alike."""
        self.console.value("DELETE FROM task WHERE created_at > $1", self._seeded)
        self.console.execute("VACUUM task")

    def _prepare(self) -> None:
        has_v7 = self.console.value("SELECT count(*) FROM pg_proc WHERE proname = 'uuidv7'")
        self.console.execute(_DEFAULTS.format(new_id="uuidv7" if has_v7 else "gen_random_uuid"))
        self.console.execute("CREATE EXTENSION pg_stat_statements")
        self.console.execute("VACUUM ANALYZE")
        self.ground = find_ground(self.console)
        self._seeded = self.console.value("SELECT max(created_at) FROM task")

    def _allotment(self, *arguments: str) -> None:
        environment = {"ALLOTMENT_ENV": "development", "SECRET_KEY": self.secret, "DATABASE_URL": self.url}
        command = [sys.executable, "-m", "server.cli", *arguments]
        subprocess.run(command, env=os.environ | environment, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
