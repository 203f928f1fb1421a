"""Checks of the read replicas: reachable, replaying the history of the primary, and not far behind it."""

from time import monotonic
from typing import Any

from database.connection import open_driver_connection
from database.engine import Database
from database.outage import describe_outage
from database.postgresql import PostgresDatabase
from database.primary_history import PrimaryHistory, PrimaryState, ReplicaAnswer
from database.replica_monitor import PRIMARY_SQL, REPLICA_SQL
from database.wal_position import parse_timeline
from server.cli.checks.result import CheckResult, ok, warning
from server.config.database_url import DatabaseUrl
from server.config.settings import Settings
from server.database_factory import build_replica

CONNECT_TIMEOUT = 5.0
MAX_LAG_BYTES = 16 * 1024 * 1024
"""The size of a file of the log."""
_SETTINGS_SQL = "SELECT current_setting('hot_standby_feedback')::bool AS feedback"
_FEEDBACK_REMEDY = "set hot_standby_feedback = on there; otherwise vacuum on the primary interrupts long queries"


async def check_replicas(database: Database, settings: Settings) -> list[CheckResult]:
    """Check each replica. One that cannot be used is a warning: the server reads from the primary instead."""
    if not settings.replicas or not isinstance(database, PostgresDatabase):
        return []
    (row,) = await _fetch(database, PRIMARY_SQL)
    if row["epoch"] is None:
        return [ok("replicas: not checked, because the primary has not written to a log yet")]
    primary = PrimaryState(parse_timeline(row["timeline"]), row["epoch"], row["lsn"])
    return [await _check_replica(database, settings, url, primary) for url in settings.replicas]


async def _check_replica(
    primary: PostgresDatabase, settings: Settings, url: DatabaseUrl, state: PrimaryState
) -> CheckResult:
    replica = build_replica(settings, url, primary)
    name = f"replica {replica.name}"
    try:
        row, feedback = await _fetch(replica.database, REPLICA_SQL, _SETTINGS_SQL)
    except Exception as error:  # noqa: BLE001 -- of any kind: reported
        return warning(
            f"{name}: cannot be used. {describe_outage(error)}", "correct REPLICA_URLS, or start the replica"
        )
    finally:
        await replica.database.close()
    return _judge(name, row, state, has_feedback=feedback["feedback"])


def _judge(name: str, row: Any, state: PrimaryState, *, has_feedback: bool) -> CheckResult:
    if not row["is_in_recovery"]:
        return warning(f"{name}: is no standby, so it is not used", "attach it to the primary, or remove it")
    history = PrimaryHistory()
    history.record(monotonic(), state)
    if not history.follows(ReplicaAnswer.from_row(row)):
        return warning(f"{name}: does not replay the history of the primary", "attach it to the primary again")
    lag = max(0, state.lsn - row["lsn"])
    if lag > MAX_LAG_BYTES:
        return warning(f"{name}: is {lag:,} bytes behind the primary", "find out what delays its replay")
    if not has_feedback:
        return warning(f"{name}: replays, {lag:,} bytes behind; hot_standby_feedback is off", _FEEDBACK_REMEDY)
    return ok(f"{name}: replays, {lag:,} bytes behind the primary")


async def _fetch(database: PostgresDatabase, *statements: str) -> list[Any]:
    """Return the row of each statement."""
    driver = await open_driver_connection(database.read_engine, CONNECT_TIMEOUT)
    try:
        return [await driver.fetchrow(sql) for sql in statements]
    finally:
        driver.terminate()
