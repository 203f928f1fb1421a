"""A request calls about as many functions as it did when the figures were committed, so that slow growth is noticed.

When a change needs more calls, `make bench` says what they cost, and the figures of this file change with it.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.call_counter import CallCounter
from tests.support.executors import is_executed_by_graphql_core
from tests.support.sample_data import SampleData

TOLERANCE = 0.05
REPETITIONS = 5
"""The fewest calls of several requests count: work in the background adds some at times."""


@dataclass(frozen=True)
class Figures:
    """An operation, and on each engine its calls of the server's functions and its statements. Unless the operation is
    a lookup, one of them authenticates the caller."""

    document: str
    calls: dict[str, int]
    statements: dict[str, int]
    variables: dict[str, Any] | None = None


FIGURES = {
    "nested": Figures(
        "{ projects(first: 20) { nodes { name tasks(first: 20) { nodes { title assignee { name } } } } } }",
        {"sqlite": 637, "postgresql": 458},
        {"sqlite": 4, "postgresql": 4},
    ),
    "one": Figures(
        "query ($id: ID!) { task(id: $id) { title status } }",
        {"sqlite": 367, "postgresql": 227},
        {"sqlite": 2, "postgresql": 1},
    ),
    "list": Figures(
        "{ tasks(first: 100) { nodes { id title status } } }",
        {"sqlite": 393, "postgresql": 275},
        {"sqlite": 2, "postgresql": 2},
    ),
    "create": Figures(
        "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id title } userErrors { code } } }",
        {"sqlite": 553, "postgresql": 359},
        {"sqlite": 3, "postgresql": 3},
        {"input": {"title": "Measure the beds"}},
    ),
}


@pytest.mark.skipif(is_executed_by_graphql_core(), reason="the figures are those of the compiled executor")
@pytest.mark.parametrize("name", FIGURES)
async def test_calls_and_statements_do_not_grow(
    name: str,
    app_fixture: AppFixture,
    sample_data: SampleData,
    statement_counter: StatementCounter,
    engine_name: str,
) -> None:
    figures, client = FIGURES[name], app_fixture.tenant.client()
    variables = {"id": sample_data.ids("Task")[0]} if name == "one" else figures.variables or {}
    for _ in range(2):  # compiles the plan and the statements; and the caller is known
        await client(figures.document, **variables)
    counts = []
    for _ in range(REPETITIONS):
        with CallCounter() as counter, statement_counter:
            assert (await client(figures.document, **variables)).error_codes == []
        counts.append(counter.count_of_server())
        assert statement_counter.count == figures.statements[engine_name]
    expected = figures.calls[engine_name] or 1
    assert abs(min(counts) / expected - 1) <= TOLERANCE, f"{min(counts)} calls instead of about {expected}"
