"""Random operations over random schemas: the answers are graphql-core's, to the last error."""

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
from tests.executor.random_operation import Operation
from tests.executor.random_schema import World
from tests.support.cases import CASES

# graphql-core itself leaves some coroutines behind where fields fail; ours have other names
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine '(Executor|default_type_resolver):RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:coroutine '(World|later|_loads):RuntimeWarning"),
]
SEEDS = st.integers(min_value=0, max_value=2**63)
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def answer(result: ExecutionResult) -> tuple[str, list[str]]:
    """What can be told apart in an answer: the data with the order of its keys, and the errors in any order."""
    errors = sorted(
        json.dumps([each.message, each.path, [[at.line, at.column] for at in each.locations or ()]])
        for each in result.errors or ()
    )
    return repr(result.data), errors


async def compare(seed: int) -> str:
    """Execute an operation both ways, and say which of them the executor took."""
    world = World(seed)
    operation = Operation(world.schema, seed)
    document = parse(operation.text)
    plans = executor.Plans()
    fallbacks: list[int] = []

    async def count() -> None:
        # the root fields of mutations are graphql-core's, so there is more under way than a plan started
        ended = [getcoroutinestate(each) == CORO_CLOSED for each in world.begun]
        assert operation.is_mutation or all(ended), "something still runs"
        fallbacks.append(1)

    async def run(execute: Any, **options: Any) -> tuple[Any, ...]:
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
        world.begun.clear()
        world.calls.clear()
        result = execute(world.schema, document, None, {}, dict(operation.variables), **options)
        told = answer(await result if isawaitable(result) else result)
        return *told, operation.is_mutation and list(world.calls)

    expected = await run(graphql.execute)
    for _ in range(2):  # the second time with the plan of the first
        assert await run(executor.execute, plans=plans, on_fallback=count) == expected, (seed, operation.text)
    assert operation.is_mutation or len(fallbacks) in (0, 2)
    return ("mutation " if operation.is_mutation else "") + ("fallback" if fallbacks else "plan")


def explore(runner: asyncio.Runner, cases: int) -> Counter[str]:
    """Compare so many."""
    ways: Counter[str] = Counter()

    @settings(max_examples=cases, derandomize=True, deadline=None, database=None, suppress_health_check=QUIET)
    @given(SEEDS)
    def check(seed: int) -> None:
        ways[runner.run(compare(seed))] += 1
        if ways.total() % 100 == 0:
            gc.collect()  # what was never awaited is reported here, where graphql-core's is ignored

    gc.disable()  # or that might be reported from within anything
    try:
        check()
        gc.collect()
    finally:
        gc.enable()
    return ways


def test_hundreds_of_operations_are_answered_as_by_graphql_core() -> None:
    with asyncio.Runner() as runner:
        ways = explore(runner, 200)
    assert ways["plan"] > 50
    assert min(ways[kind] for kind in ("fallback", "mutation plan", "mutation fallback")) > 5


@pytest.mark.slow
def test_many_operations_are_answered_as_by_graphql_core() -> None:
    with asyncio.Runner() as runner:
        explore(runner, CASES)
