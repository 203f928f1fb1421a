"""How many statements an operation takes, as PostgreSQL counted them."""

from bench.entrants import Entrant
from bench.requests import send
from bench.stage import Stage
from bench.workloads import Workload

TIMES = 20
_BEFORE = 5
"""Operations that are not counted: the first ones prepare, and ask the catalogues about types."""
_CONTROL = r"^\s*(begin|start|commit|rollback|set|reset|show|savepoint|release|deallocate|discard|select set_config)\M"
_CALLS = """
    SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
    WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%' AND (query ~* $1) = $2
"""


def count_statements(stage: Stage, entrant: Entrant, workload: Workload) -> dict[str, float]:
    """Those that read or write, and those that merely open, set up and end a transaction; each an operation."""
    request = entrant.request(workload)
    for _ in range(_BEFORE):
        send(entrant.port, request)
    stage.console.value("SELECT pg_stat_statements_reset()::text")
    for _ in range(TIMES):
        send(entrant.port, request)
    work, control = (stage.console.value(_CALLS, _CONTROL, of_control) for of_control in (False, True))
    return {"statements": work / TIMES, "control": control / TIMES}
