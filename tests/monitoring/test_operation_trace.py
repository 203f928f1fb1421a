"""The collector of a trace: its bounds, and what arrives after its end."""

import pytest

from executor import Bailout
from server.telemetry.operation_trace import (
    MAX_ENTRIES,
    MAX_PHASES,
    MAX_SQL_CHARACTERS,
    MAX_SQL_LENGTH,
    OperationTrace,
    Position,
    current_position,
)

MORE = 50


def test_lists_are_bounded() -> None:
    trace = OperationTrace()
    position = Position(trace)
    for number in range(MAX_ENTRIES + MORE):
        trace.begin_statement(position, "SELECT", 0, "read")
        with trace.resolve_field(f"path{number}", 1), trace.load_batch(position, "Row task", 1):
            pass
        with trace.phase("execute"):
            pass
    description = trace.describe()
    assert [len(description[name]) for name in ("statements", "fields", "loads")] == [MAX_ENTRIES] * 3
    assert description["omitted"] == {"fields": MORE, "statements": MORE, "loads": MORE}
    assert len(description["phases"]) == MAX_PHASES


def test_texts_are_bounded() -> None:
    trace = OperationTrace()
    for _ in range(MAX_ENTRIES):
        trace.begin_statement(Position(trace), "x" * (MAX_SQL_LENGTH + 1), 0, "read")
    texts = [statement["sql"] for statement in trace.describe()["statements"]]
    assert texts[0] == "x" * MAX_SQL_LENGTH + "…"
    assert sum(map(len, texts)) < MAX_SQL_CHARACTERS + 2 * MAX_ENTRIES + MAX_SQL_LENGTH


def test_field_that_is_resolved_again_is_listed_once() -> None:
    trace = OperationTrace()
    for objects in (3, 4):
        with trace.resolve_field("tasks.nodes.assignee", objects), trace.load_batch(current(), "Row worker", 2):
            pass
    (field,) = trace.describe()["fields"]
    assert (field["objects"], field["loads"]) == (7, 2)


def current() -> Position:
    """Return the current position."""
    position = current_position.get()
    assert position is not None
    return position


def test_position_is_that_of_the_innermost_field() -> None:
    trace = OperationTrace()
    with trace.observe():
        assert current() == Position(trace)
        with trace.resolve_field("a", 1):
            with trace.resolve_field("a.b", 1):
                assert current().path == "a.b"
            assert current().path == "a"
    assert current_position.get() is None


def test_statement_after_the_end_is_not_listed() -> None:
    """A task in the background may run longer than the request."""
    trace = OperationTrace()
    trace.describe()
    assert trace.begin_statement(Position(trace), "SELECT", 0, "read") is None
    assert trace.describe()["statements"] == []


@pytest.mark.parametrize(
    ("failure", "reason"),
    [(Bailout("A leaf is null."), "A leaf is null."), (ValueError("secret"), "A field failed: ValueError.")],
)
def test_reason_of_a_fallback_contains_no_message_of_another_exception(failure: Exception, reason: str) -> None:
    trace = OperationTrace()
    trace.note_fallback(failure)
    trace.note_core_execution("a later reason")
    description = trace.describe()
    assert (description["executor"], description["fallbackReason"]) == ("graphql-core", reason)
