"""Random operations on random schemas have the same data and errors as with graphql-core."""

import asyncio
import gc
import json
from collections import Counter
from inspect import CORO_CLOSED, getcoroutinestate, isawaitable
from typing import Any

import graphql
import pytest
from graphql import ExecutionResult, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import executor
from tests.executor.random_operation import RandomOperation
from tests.executor.random_schema import RandomSchema
from tests.support.hypothesis_settings import MAX_EXAMPLES

# graphql-core does not await some coroutines when fields fail; those of the executor have other names
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine '(Executor|default_type_resolver):RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:coroutine '(RandomSchema|return_async|_batched_resolver):RuntimeWarning"),
]
SEEDS = st.integers(min_value=0, max_value=2**63)
SUPPRESSED_CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]


def comparable(result: ExecutionResult) -> tuple[str, list[str]]:
    """Return the data with the order of its keys, and the errors in any order."""
    errors = sorted(
        json.dumps(
            [error.message, error.path, [[location.line, location.column] for location in error.locations or ()]]
        )
        for error in result.errors or ()
    )
    return repr(result.data), errors


async def compare(seed: int) -> str:
    """Execute an operation with both executors, and return whether the plan succeeded."""
    random_schema = RandomSchema(seed)
    operation = RandomOperation(random_schema.schema, seed)
    document = parse(operation.text)
    cache = executor.PlanCache()
    fallbacks: list[int] = []

    async def record_fallback() -> None:
        # graphql-core calls the root fields of mutations, so coroutines run that the plan did not create
        closed = [getcoroutinestate(coroutine) == CORO_CLOSED for coroutine in random_schema.coroutines]
        assert operation.is_mutation or all(closed), "a coroutine is still running"
        fallbacks.append(1)

    async def run(execute: Any, **options: Any) -> tuple[Any, ...]:
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
        random_schema.coroutines.clear()
        random_schema.calls.clear()
        result = execute(random_schema.schema, document, None, {}, dict(operation.variables), **options)
        awaited = await result if isawaitable(result) else result
        return *comparable(awaited), operation.is_mutation and list(random_schema.calls)

    expected = await run(graphql.execute)
    for _ in range(2):  # the second execution uses the plan of the first
        assert await run(executor.execute, plan_cache=cache, on_fallback=record_fallback) == expected, (
            seed,
            operation.text,
        )
    assert operation.is_mutation or len(fallbacks) in (0, 2)
    return ("mutation " if operation.is_mutation else "") + ("fallback" if fallbacks else "plan")


def compare_many(runner: asyncio.Runner, count: int) -> Counter[str]:
    """Compare random operations, and count the outcomes."""
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=SUPPRESSED_CHECKS
    )
    @given(SEEDS)
    def check(seed: int) -> None:
        outcomes[runner.run(compare(seed))] += 1
        if outcomes.total() % 100 == 0:
            gc.collect()  # report coroutines that were never awaited here, where those of graphql-core are ignored

    gc.disable()  # otherwise they could be reported at any point
    try:
        check()
        gc.collect()
    finally:
        gc.enable()
    return outcomes


def test_random_operations_equal_graphql_core() -> None:
    with asyncio.Runner() as runner:
        outcomes = compare_many(runner, 200)
    assert outcomes["plan"] > 50
    assert min(outcomes[outcome] for outcome in ("fallback", "mutation plan", "mutation fallback")) > 5


@pytest.mark.slow
def test_many_random_operations_equal_graphql_core() -> None:
    with asyncio.Runner() as runner:
        compare_many(runner, MAX_EXAMPLES)
