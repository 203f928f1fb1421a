"""The database of requests that are traced: listeners of its own engines get the statements of these requests only."""

from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from database.answer_deadline import ObserveSeconds
from database.authentication import Credentials, Principal
from database.engine import Database
from database.pool_usage import PoolUsage
from database.transaction import Transaction, WriteTransaction
from server.monitoring.statement_text import statement_text
from server.telemetry.operation_trace import ConnectionKind, Span, StatementSpan, current_position

_SPAN = "allotment.statement_of_trace"
_READING = ("SELECT", "WITH")
Begun = TypeVar("Begun")


class TracedDatabase(Database):
    """A database that adds the waits for its connections to the trace, and the statements. `name` is the kind of the
    server: `primary` or `replica`."""

    def __init__(self, database: Database, name: str) -> None:
        self._name = name
        self._reads = database.with_listeners(partial(_listen, "read"))
        self._writes = database.with_listeners(partial(_listen, "write"))
        self.dialect = database.dialect  # type: ignore[misc]  # of the class elsewhere
        self.read_engine, self.write_engine = self._reads.read_engine, self._writes.write_engine
        self.callers = database.callers
        self.log_order = database.log_order
        self.inserts_lists = database.inserts_lists
        self.change_signal = database.change_signal

    async def begin_read(self, credentials: Credentials) -> tuple[Transaction, Principal]:
        return await self._begin(self._reads.begin_read(credentials))

    async def begin_write(
        self, credentials: Credentials, *, is_optimistic: bool = False
    ) -> tuple[WriteTransaction, Principal]:
        return await self._begin(self._writes.begin_write(credentials, is_optimistic=is_optimistic))

    def pool_usage(self) -> PoolUsage:
        return self._reads.pool_usage()

    def measure_statements(self, observe: ObserveSeconds) -> None:
        self._reads.measure_statements(observe)

    async def _begin(self, beginning: Awaitable[Begun]) -> Begun:
        """Begin a transaction. Until its first statement is sent, it waits for a connection."""
        position = current_position.get()
        if position is None:
            return await beginning
        trace = position.trace
        trace.source = self._name
        span, count = Span(), len(trace.statements)
        trace.add_phase("connect", span)
        try:
            return await beginning
        finally:
            span.end()
            if len(trace.statements) > count:
                span.ended_at = trace.statements[count].started_at


def listen_for_failures(database: Database) -> None:
    """End the statements of traces that fail. Other statements have no such span."""
    for engine in {database.read_engine.sync_engine, database.write_engine.sync_engine}:
        event.listen(engine, "handle_error", _fail)


def _listen(connection_kind: ConnectionKind, engine: Engine) -> None:
    event.listen(engine, "before_cursor_execute", partial(_start, connection_kind))
    event.listen(engine, "after_cursor_execute", _end)


def _start(
    connection_kind: ConnectionKind,
    connection: Any,
    _cursor: Any,
    sql: str,
    parameters: Any,
    _context: Any,
    many: bool,  # noqa: FBT001
) -> None:
    position = current_position.get()
    if position is None:
        return
    values = (parameters[0] if parameters else ()) if many else parameters
    text = statement_text(sql)
    connection.info[_SPAN] = position.trace.begin_statement(position, text, len(values or ()), connection_kind)


def _end(connection: Any, cursor: Any, sql: str, *_rest: Any) -> None:
    span: StatementSpan | None = connection.info.pop(_SPAN, None)
    if span is not None:
        span.end_with(_count_rows(cursor, sql))


def _fail(failure: Any) -> None:
    info = {} if failure.connection is None else failure.connection.info
    span: StatementSpan | None = info.pop(_SPAN, None)
    if span is not None:
        span.has_failed = True
        span.end()


def _count_rows(cursor: Any, sql: str) -> int | None:
    """Return how many rows a statement has returned; None if it returns none."""
    if cursor is None:
        return None
    if hasattr(cursor, "rows"):  # of asyncpg
        rows: Sequence[Any] | None = cursor.rows
        return len(rows) if rows or (rows is not None and sql.lstrip().startswith(_READING)) else None
    return None if cursor.description is None else len(cursor._rows)  # noqa: SLF001 -- SQLAlchemy buffers all rows
