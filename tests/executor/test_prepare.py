"""Plans that are compiled before the first execution."""

import pytest
from graphql import build_schema, parse

from executor import PlanCache, execute, prepare
from tests.executor.executor_helpers import count_plans

SCHEMA = build_schema("type Query { a: Int, b: Int }")


def count_prepared_plans(text: str, name: str | None = None) -> int:
    """Return the number of plans that are compiled for an operation."""
    cache = PlanCache()
    prepare(SCHEMA, parse(text), name, cache)
    return count_plans(cache)


def test_prepared_plans_are_used() -> None:
    cache = PlanCache()
    document = parse("query One($x: Boolean!) { a @include(if: $x) b } query Two { a }")
    for name in ("One", "Two"):
        prepare(SCHEMA, document, name, cache)
    assert count_plans(cache) == 3
    for x in (True, False):
        execute(SCHEMA, document, {"a": 1}, variable_values={"x": x}, operation_name="One", plan_cache=cache)
    execute(SCHEMA, document, {"a": 1}, operation_name="Two", plan_cache=cache)
    assert count_plans(cache) == 3


FOUR_CONDITIONS = """
query ($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) {
  a @skip(if: $a) @include(if: $b)
  b @skip(if: $c) @include(if: $d)
}
"""
CASES = [
    ("{ a }", None, 1),
    ("query ($x: Boolean!, $y: Boolean!) { a @skip(if: $x) b @include(if: $y) }", None, 4),
    ("query ($x: Int) { a b }", None, 1),
    ("{ a @unknown }", None, 0),  # graphql-core executes it
    ("query A { a } query B { b }", "C", 0),
    (FOUR_CONDITIONS, None, 0),
]


@pytest.mark.parametrize(("text", "name", "plans"), CASES)
def test_operations_with_plans(text: str, name: str | None, plans: int) -> None:
    assert count_prepared_plans(text, name) == plans
