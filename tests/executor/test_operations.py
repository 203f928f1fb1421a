"""GraphQL specification, section 6.2: executing operations."""

import pytest
from graphql import build_schema, parse

from executor.plan_cache import PlanCache
from executor.plan_lookup import find_plan
from tests.executor.executor_helpers import OperationRunner, Record

SCHEMA = build_schema("""
    type Query { a: Int }
    type Mutation { add(by: Int!): Int }
    type Subscription { ticks: Int }
""")


async def test_subscription_event_is_executed_like_a_query(runner: OperationRunner) -> None:
    assert await runner.data(SCHEMA, "subscription { ticks }", Record(ticks=3)) == {"ticks": 3}


@pytest.mark.parametrize("text", ["{ a @unknown }", "query @unknown { a }", "{ ...F } fragment F on Query @x { a }"])
async def test_unknown_directives_are_ignored(runner: OperationRunner, text: str) -> None:
    assert await runner.data(SCHEMA, text, Record(a=1)) == {"a": 1}


async def test_operation_with_a_directive_has_a_plan() -> None:
    document = parse("mutation @unknown { add(by: 1) }")
    assert isinstance(find_plan(PlanCache(), SCHEMA, document), tuple)
