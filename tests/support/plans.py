"""The plans of the statements that the application sends to PostgreSQL for an operation."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import event

from database.engine import Database
from tests.harness.statement_counter import IGNORED_STATEMENTS, LEASE_TABLE

Statement = tuple[str, Sequence[Any]]
NO_READS = (*IGNORED_STATEMENTS, "EXECUTE")


@contextmanager
def recorded_statements(database: Database) -> Iterator[list[Statement]]:
    """Record the reads that requests send within the block, with their arguments."""
    statements: list[Statement] = []

    def record(_connection: Any, _cursor: Any, sql: str, arguments: Sequence[Any], *_rest: Any) -> None:
        if not sql.startswith(NO_READS) and LEASE_TABLE not in sql:
            statements.append((sql, arguments))

    engine = database.read_engine.sync_engine
    event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", record)


class PlanReader:
    """Reads the plans of statements as the application's role in one tenant, below row-level security."""

    def __init__(self, connection: Any, tenant: UUID) -> None:
        self._connection = connection
        self._tenant = tenant

    async def scanned_tables(self, statement: Statement) -> set[str]:
        """Return the tables that a statement reads sequentially."""
        sql, arguments = statement
        async with self._connection.transaction():
            await self._connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(self._tenant))
            plan = await self._connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *arguments)
        nodes = _nodes(json.loads(plan)[0]["Plan"])
        return {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
