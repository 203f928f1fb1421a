"""The PostgreSQL server of the benchmark: started, migrated, loaded with the data set, and removed afterwards."""

import os
import secrets
import subprocess
import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from bench.targets import Targets, find_targets
from bench.workloads import DOCUMENTS, SEARCHED_WORD
from server.config.paths import PROJECT_ROOT
from tests.harness.cluster import Cluster
from tests.harness.sync_connection import SyncConnection

DATABASE = "bench"
SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "16MB",
    "max_wal_size": "1GB",
    "jit": "off",  # compilation takes longer than any of these statements
}
# Allotment and the hand-written contenders set these columns themselves; clients of PostGraphile cannot.
_DEFAULTS = (
    "ALTER TABLE task ALTER id SET DEFAULT {new_id}(), ALTER version SET DEFAULT 1,"
    " ALTER created_at SET DEFAULT now(), ALTER updated_at SET DEFAULT now()"
)

_INSERT_DOCUMENTS = """
    INSERT INTO document (tenant_id, id, title, content, language, created_at, updated_at, version)
    SELECT tenant.id, gen_random_uuid(), 'Document ' || number,
        CASE WHEN number % 20 = 0 THEN 'The ' || $2 || ' needs ' ELSE 'The orchard needs ' END || md5(number::text),
        'ENGLISH', now(), now(), 1
    FROM tenant, generate_series(1, $1) AS number WHERE tenant.slug = 'bench-0'
"""


class BenchDatabase:
    """The database that all contenders share. `scale` is the size of the data set, relative to the full one."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._cluster = Cluster(0, settings=SETTINGS)
        self.secret = secrets.token_urlsafe(48)
        self.targets: Targets
        self.sql_client: SyncConnection

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._cluster)
            self._cluster.execute(f"CREATE DATABASE {DATABASE} OWNER allotment")
            self._run_allotment("migrate")
            self._run_allotment("seed", "--bench", "--scale", str(self._scale))
            self.sql_client = SyncConnection(self.superuser_url)
            stack.callback(self.sql_client.close)
            self._prepare()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """The connection URL of the application's role, which is subject to row-level security."""
        return self._cluster.dsn(database=DATABASE)

    @property
    def superuser_url(self) -> str:
        """The connection URL of a superuser, who bypasses row-level security."""
        return self._cluster.superuser_dsn(database=DATABASE)

    @property
    def version(self) -> str:
        """The version of PostgreSQL."""
        return str(self.sql_client.fetch_value("SHOW server_version"))

    def delete_created_rows(self) -> None:
        """Delete the tasks that workloads created, so that all contenders use the same data."""
        self.sql_client.fetch_value("DELETE FROM task WHERE created_at > $1", self._seeded_at)
        self.sql_client.execute("VACUUM task")

    def _prepare(self) -> None:
        has_uuidv7 = self.sql_client.fetch_value("SELECT count(*) FROM pg_proc WHERE proname = 'uuidv7'")
        self.sql_client.execute(_DEFAULTS.format(new_id="uuidv7" if has_uuidv7 else "gen_random_uuid"))
        self.sql_client.execute("CREATE EXTENSION pg_stat_statements")
        count = max(40, round(DOCUMENTS * self._scale))
        self.sql_client.fetch_value(_INSERT_DOCUMENTS, count, SEARCHED_WORD)
        self.sql_client.execute("VACUUM ANALYZE")
        self.targets = find_targets(self.sql_client)
        self._seeded_at = self.sql_client.fetch_value("SELECT max(created_at) FROM task")

    def _run_allotment(self, *arguments: str) -> None:
        environment = {"ALLOTMENT_ENV": "development", "SECRET_KEY": self.secret, "DATABASE_URL": self.url}
        command = [sys.executable, "-m", "server.cli", *arguments]
        subprocess.run(command, env=os.environ | environment, cwd=PROJECT_ROOT, check=True, stdout=subprocess.DEVNULL)
