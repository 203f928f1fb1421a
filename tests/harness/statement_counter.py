"""Counting the SQL statements that the application sends, to enforce statement budgets."""

from types import TracebackType
from typing import Any, Self

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

# Statements of connection pool and transaction management.
IGNORED_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")
LEASE_TABLE = "throttle"
"""Cost points are leased and returned in the background, at any time (services/core/cost)."""


class StatementCounter:
    """Records the statements sent through the given engines within its block. Each block starts at zero.

    An executemany counts as one statement, and so does each statement of a message with several. Statements sent
    directly through a driver connection are not recorded.
    """

    def __init__(self, *engines: AsyncEngine) -> None:
        self._engines = engines
        self.ignored_table: str | None = LEASE_TABLE
        """Statements on this table are not recorded."""
        self.statements: list[str] = []

    @property
    def is_of_postgresql(self) -> bool:
        """Whether the statements are those of PostgreSQL."""
        return all(engine.dialect.name == "postgresql" for engine in self._engines)

    @property
    def count(self) -> int:
        """The number of recorded statements."""
        return len(self.statements)

    def assert_budget(self, limit: int) -> None:
        """Raise AssertionError with the statements if there were more than `limit`."""
        if self.count > limit:
            listed = "\n".join(f"{n}. {' '.join(text.split())}" for n, text in enumerate(self.statements, 1))
            raise AssertionError(f"{self.count} statements where {limit} are allowed:\n{listed}")

    def __enter__(self) -> Self:
        self.statements.clear()  # the counter of a fixture may be used for several blocks
        for engine in self._engines:
            event.listen(engine.sync_engine, "before_cursor_execute", self._record)
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for engine in self._engines:
            event.remove(engine.sync_engine, "before_cursor_execute", self._record)

    def _record(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        for part in statement.split("; ") if statement.startswith("EXECUTE ") else (statement,):
            is_ignored = self.ignored_table is not None and self.ignored_table in part
            if not is_ignored and not part.lstrip().upper().startswith(IGNORED_STATEMENTS):
                self.statements.append(part)
