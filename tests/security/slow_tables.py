"""Tables on which statements do not end, until they are released."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.harness.sync_connection import SyncConnection

_SLOW = """
CREATE VIEW slow AS
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12) SELECT max(i) AS i FROM n;
ALTER TABLE team RENAME TO fast_team;
CREATE VIEW team AS SELECT * FROM fast_team WHERE (SELECT i FROM slow) > 0;
CREATE TRIGGER slow_project BEFORE INSERT ON project BEGIN SELECT i FROM slow; END;
"""
_FAST = "DROP TRIGGER slow_project; DROP VIEW team; ALTER TABLE fast_team RENAME TO team; DROP VIEW slow;"
ACTIVE = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = $1 AND usename = 'allotment' AND state IN ('active', 'idle in transaction')"
)


@contextmanager
def slow_tables(database_url: str, cluster: Cluster | None) -> Iterator[None]:
    """Let statements that read teams or insert projects wait inside the block: for a lock, or by counting."""
    if cluster is None:
        _execute_on_sqlite(database_url, _SLOW)
        yield
        _execute_on_sqlite(database_url, _FAST)
        return
    with closing(SyncConnection(cluster.superuser_dsn(database=database_name(database_url)))) as locker:
        locker.execute("BEGIN; LOCK TABLE team, project IN ACCESS EXCLUSIVE MODE")
        yield
        locker.execute("ROLLBACK")


def count_active(database_url: str, cluster: Cluster | None) -> int:
    """Return the number of the server's connections that execute a statement or are in a transaction; SQLite has no
    such figure."""
    return int(cluster.fetch_value(ACTIVE, database_name(database_url))) if cluster is not None else 0


def _execute_on_sqlite(database_url: str, script: str) -> None:
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=30)) as connection:
        connection.executescript(script)
