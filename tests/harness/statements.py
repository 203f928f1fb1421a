"""Counting the SQL that the application sends, so that a budget can be kept."""

from types import TracebackType
from typing import Any, Self

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

# What the pool and the transaction machinery send by themselves.
HOUSEKEEPING = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


class StatementCounter:
    """Records the statements sent through the given engines while its block runs, each block anew.

    An executemany is one statement. What goes to the driver's connection directly is not seen.
    """

    def __init__(self, *engines: AsyncEngine) -> None:
        self._engines = engines
        self.statements: list[str] = []

    @property
    def count(self) -> int:
        """How many statements there were."""
        return len(self.statements)

    def assert_budget(self, most: int) -> None:
        """Fails with all statements when there were more than `most`."""
        if self.count > most:
            listed = "\n".join(f"{n}. {' '.join(text.split())}" for n, text in enumerate(self.statements, 1))
            raise AssertionError(f"{self.count} statements where {most} are allowed:\n{listed}")

    def __enter__(self) -> Self:
        self.statements.clear()  # a fixture's counter may be used for one block after the other
        for engine in self._engines:
            event.listen(engine.sync_engine, "before_cursor_execute", self._record)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for engine in self._engines:
            event.remove(engine.sync_engine, "before_cursor_execute", self._record)

    def _record(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(HOUSEKEEPING):
            self.statements.append(statement)
