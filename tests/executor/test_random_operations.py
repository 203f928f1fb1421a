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
from executor import core_execution, core_meter, object_completion, pacer, selection_size
from executor import slicing as slicing_module
from tests.executor.random_operation import RandomOperation
from tests.executor.random_schema import RandomSchema
from tests.support.hypothesis_settings import MAX_EXAMPLES

# graphql-core does not await some coroutines when fields fail; those of the executor have other names
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine '(Executor|default_type_resolver):RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:coroutine '(RandomSchema|return_async|_batched_resolver):RuntimeWarning"),
]
SMALL_LIMITS = (
    (selection_size, "MAX_LOADED_OBJECTS", 2),
    (slicing_module, "MAX_PLAIN_VALUES", 3),
    (object_completion, "MAX_PLAIN_VALUES", 3),
    (slicing_module, "SMALL_BATCH_VALUES", 0),
    (core_execution, "MAX_UNPAUSED_ITEMS", 0),
    (core_execution, "MAX_CONCURRENT_ITEMS", 2),
    (core_meter, "MAX_PLAIN_VALUES", 3),
    (pacer, "STEP_SECONDS", 0),
)
"""Limits with which small results are divided into slices."""
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


async def compare(seed: int, *, sliced: bool = False) -> str:
    """Execute an operation with both executors, and return whether the plan succeeded. If it is `sliced`, the plan and
    its fallback are; then graphql-core alone must have the same result in slices."""
    random_schema = RandomSchema(seed)
    operation = RandomOperation(random_schema.schema, seed)
    document = parse(operation.text)
    cache = executor.PlanCache()
    fallbacks: list[int] = []

    async def record_fallback(_failure: Exception) -> None:
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
    slicing = {"slicing": executor.Slicing(lambda value: (value, 1), lambda: None)} if sliced else {}
    if sliced:
        assert await run(executor.execute_with_core, **slicing) == expected, (seed, operation.text)
    for _ in range(2):  # the second execution uses the plan of the first
        assert await run(executor.execute, plan_cache=cache, on_fallback=record_fallback, **slicing) == expected, (
            seed,
            operation.text,
        )
    assert operation.is_mutation or len(fallbacks) in (0, 2)
    return ("mutation " if operation.is_mutation else "") + ("fallback" if fallbacks else "plan")


def compare_many(runner: asyncio.Runner, count: int, *, sliced: bool = False) -> Counter[str]:
    """Compare random operations, and count the outcomes."""
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=SUPPRESSED_CHECKS
    )
    @given(SEEDS)
    def check(seed: int) -> None:
        outcomes[runner.run(compare(seed, sliced=sliced))] += 1
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
        outcomes = compare_many(runner, 100)
    assert outcomes["plan"] > 25
    assert min(outcomes[outcome] for outcome in ("fallback", "mutation plan", "mutation fallback")) > 0


@pytest.mark.slow
def test_many_random_operations_equal_graphql_core() -> None:
    with asyncio.Runner() as runner:
        compare_many(runner, MAX_EXAMPLES)


@pytest.mark.slow
def test_sliced_random_operations_equal_graphql_core(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in SMALL_LIMITS:
        monkeypatch.setattr(module, name, value)
    with asyncio.Runner() as runner:
        outcomes = compare_many(runner, 200, sliced=True)
    assert outcomes["plan"] > 50
