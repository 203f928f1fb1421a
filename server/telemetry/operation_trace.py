"""The trace of one operation, for the client that has asked for it: what `extensions.trace` contains.

It is collected in memory, in bounded lists. It contains texts of SQL, but no value of a parameter and no row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal, NamedTuple

from executor import Bailout

MAX_ENTRIES = 200
"""How many statements, loads and fields are listed, of each; of the others only the number."""
MAX_PHASES = 50
MAX_SQL_LENGTH = 5_000
"""Characters of one statement."""
MAX_SQL_CHARACTERS = 200_000
"""Characters of all statements of a trace."""
ConnectionKind = Literal["read", "write"]


@dataclass(slots=True)
class Span:
    """Something that takes time. The times are those of `perf_counter`."""

    started_at: float = field(default_factory=perf_counter)
    ended_at: float | None = None

    def end(self) -> None:
        """Note that it has ended."""
        self.ended_at = perf_counter()


@dataclass(slots=True)
class FieldSpan(Span):
    """A field, from its first call to the end of its last one."""

    objects: int = 0
    """The parents for which it was resolved."""
    loads: int = 0
    """The batches that it has caused."""


@dataclass(slots=True)
class LoadSpan(Span):
    """A batch of a loader."""

    loader: str = ""
    path: str | None = None
    keys: int = 0
    rows: int = 0


@dataclass(slots=True)
class StatementSpan(Span):
    """A message to the database."""

    sql: str = ""
    parameters: int = 0
    path: str | None = None
    load: LoadSpan | None = None
    connection: ConnectionKind = "read"
    rows: int | None = None
    has_failed: bool = False

    def end_with(self, rows: int | None) -> None:
        """Note that its rows have arrived; None if it returns none."""
        self.end()
        self.rows = rows
        if self.load is not None:
            self.load.rows += rows or 0


class Position(NamedTuple):
    """Where in a traced operation the current task is."""

    trace: "OperationTrace"
    path: str | None = None
    """The response keys of the field that is resolved; None outside of fields."""
    load: LoadSpan | None = None


current_position: ContextVar[Position | None] = ContextVar("current_position", default=None)
"""Tasks that are started below a field inherit its position. None if the operation is not traced."""


class OperationTrace:
    """Collects what happens in one operation, from the arrival of its request on."""

    def __init__(self, executor: str = "compiled", fallback_reason: str | None = None) -> None:
        self.started_at = perf_counter()
        self.executor = executor
        self.fallback_reason = fallback_reason
        self.source: str | None = None
        """The kind of the database that was used last: `primary` or `replica`."""
        self.statements: list[StatementSpan] = []
        self._phases: list[tuple[str, Span]] = []
        self._fields: dict[str, FieldSpan] = {}
        self._loads: list[LoadSpan] = []
        self._omitted = {"fields": 0, "statements": 0, "loads": 0}
        self._sql_characters = 0
        self._is_closed = False

    @contextmanager
    def observe(self) -> Iterator[None]:
        """Collect what happens in the block."""
        token = current_position.set(Position(self))
        try:
            yield
        finally:
            current_position.reset(token)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure a phase of the request."""
        span = Span()
        self.add_phase(name, span)
        try:
            yield
        finally:
            span.end()

    def add_phase(self, name: str, span: Span) -> None:
        """Add a phase that was measured elsewhere."""
        if len(self._phases) < MAX_PHASES:
            self._phases.append((name, span))

    @contextmanager
    def resolve_field(self, path: str, objects: int) -> Iterator[None]:
        """Measure a field while it is resolved for some parents. What happens meanwhile is attributed to it."""
        span = self._fields.get(path)
        if span is None:
            span = FieldSpan()
            if self._has_room("fields", self._fields):
                self._fields[path] = span
        span.objects += objects
        token = current_position.set(Position(self, path))
        try:
            yield
        finally:
            current_position.reset(token)
            span.end()

    @contextmanager
    def load_batch(self, position: Position, loader: str, keys: int) -> Iterator[None]:
        """Measure a batch of a loader, which the field at the position has begun."""
        span = LoadSpan(loader=loader, path=position.path, keys=keys)
        if self._has_room("loads", self._loads):
            self._loads.append(span)
        if position.path in self._fields:
            self._fields[position.path].loads += 1
        token = current_position.set(Position(self, position.path, span))
        try:
            yield
        finally:
            current_position.reset(token)
            span.end()

    def begin_statement(
        self, position: Position, sql: str, parameters: int, connection: ConnectionKind
    ) -> StatementSpan | None:
        """Note that a statement is sent; None if no more are listed."""
        if not self._has_room("statements", self.statements):
            return None
        length = min(MAX_SQL_LENGTH, MAX_SQL_CHARACTERS - self._sql_characters)
        text = sql if len(sql) <= length else f"{sql[:length]}…"
        self._sql_characters += len(text)
        span = StatementSpan(
            sql=text, parameters=parameters, path=position.path, load=position.load, connection=connection
        )
        self.statements.append(span)
        return span

    def note_core_execution(self, reason: str) -> None:
        """Note that graphql-core executes the operation or a part of it. The first reason is the one that counts."""
        self.executor = "graphql-core"
        self.fallback_reason = self.fallback_reason or reason

    def note_fallback(self, failure: Exception) -> None:
        """Note that a plan was abandoned because of this exception."""
        is_bailout = isinstance(failure, Bailout)
        self.note_core_execution(str(failure) if is_bailout else f"A field failed: {type(failure).__name__}.")

    def describe(self) -> dict[str, Any]:
        """End the trace, and return it as JSON."""
        self._is_closed = True
        end = perf_counter()
        return {
            "executor": self.executor,
            "fallbackReason": self.fallback_reason,
            "durationMs": _milliseconds(end - self.started_at),
            "source": self.source,
            "phases": [{"name": name, **self._times(span, end)} for name, span in self._phases],
            "fields": [
                {"path": path, **self._times(span, end), "objects": span.objects, "loads": span.loads}
                for path, span in self._fields.items()
            ],
            "statements": [self._describe_statement(span, end) for span in self.statements],
            "loads": [
                {"loader": span.loader, "path": span.path, "keys": span.keys, "rows": span.rows}
                | self._times(span, end)
                for span in self._loads
            ],
            "omitted": self._omitted,
        }

    def _describe_statement(self, span: StatementSpan, end: float) -> dict[str, Any]:
        return {
            "sql": span.sql,
            "parameters": span.parameters,
            "path": span.path,
            **self._times(span, end),
            "rows": span.rows,
            "connection": span.connection,
            "failed": span.has_failed,
        }

    def _times(self, span: Span, end: float) -> dict[str, float]:
        duration = (span.ended_at or end) - span.started_at
        return {"startMs": _milliseconds(span.started_at - self.started_at), "durationMs": _milliseconds(duration)}

    def _has_room(self, kind: str, entries: Any) -> bool:
        """Return whether one more entry is listed; otherwise count it. A closed trace has no room: tasks may run longer
        than their request."""
        if len(entries) < MAX_ENTRIES and not self._is_closed:
            return True
        self._omitted[kind] += 1
        return False


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
