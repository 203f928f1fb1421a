"""Counts the SQL statements of an operation with pg_stat_statements."""

from bench.database import BenchDatabase
from bench.requests import send_request
from bench.running_contenders import RunningContender
from bench.workloads import Workload

COUNTED_OPERATIONS = 20
_UNCOUNTED_OPERATIONS = 5
"""The first operations prepare statements and query the catalogs for types."""
_CONTROL = r"^\s*(begin|start|commit|rollback|set|reset|show|savepoint|release|deallocate|discard|select set_config)\M"
_CALLS = """
    SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
    WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%' AND (query ~* $1) = $2
"""


def count_statements(database: BenchDatabase, contender: RunningContender, workload: Workload) -> dict[str, float]:
    """Return, per operation, the statements that read or write, and those that control the transaction."""
    request = contender.request(workload)
    for _ in range(_UNCOUNTED_OPERATIONS):
        send_request(contender.port, request)
    connection = database.sql_client
    connection.fetch_value("SELECT pg_stat_statements_reset()::text")
    for _ in range(COUNTED_OPERATIONS):
        send_request(contender.port, request)
    statements, control = (connection.fetch_value(_CALLS, _CONTROL, is_control) for is_control in (False, True))
    return {"statements": statements / COUNTED_OPERATIONS, "control": control / COUNTED_OPERATIONS}
