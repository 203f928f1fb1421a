"""GraphQL specification, section 6.2: executing operations."""

import asyncio
from typing import Any

import pytest
from graphql import build_schema, parse

import executor
from executor.plan_cache import PlanCache
from executor.plan_lookup import find_plan
from tests.executor.executor_helpers import OperationRunner, Record

SCHEMA = build_schema("""
    type Query { a: Int }
    type Counter { value: Int!, later: Int, broken: Int! }
    type Mutation { add(by: Int!): Counter, needed: Counter!, plain: Int, fails: Counter, list: [Counter] }
    type Subscription { ticks: Int }
""")


class Numbers:
    """A root value with a number that mutations change, and a log of the calls."""

    def __init__(self) -> None:
        self.value = 0
        self.calls: list[str] = []

    async def add(self, _info: Any, by: int) -> Record:
        self.calls.append(f"begin {by}")
        await asyncio.sleep(0)
        self.value += by
        self.calls.append(f"end {by}")
        return self._counter()

    def needed(self, _info: Any) -> Record:
        self.calls.append("needed")
        return self._counter()

    def plain(self, _info: Any) -> int:
        self.calls.append("plain")
        return 5

    def fails(self, _info: Any) -> Record:
        self.calls.append("fails")
        raise ValueError("failed")

    def list(self, _info: Any) -> Any:
        self.calls.append("list")
        return (self._counter() for _ in range(2))

    def _counter(self) -> Record:
        value = self.value

        async def later(_info: Any) -> int:
            await asyncio.sleep(0)
            self.calls.append(f"later {value}")
            return value

        def broken(_info: Any) -> int:
            raise ValueError("broken")

        return Record(value=value, later=later, broken=broken)


async def test_mutation_root_fields_are_executed_serially(runner: OperationRunner) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value later } b: add(by: 2) { value later } plain __typename }"
    assert await runner.data(SCHEMA, text, numbers) == {
        "a": {"value": 1, "later": 1},
        "b": {"value": 3, "later": 3},
        "plain": 5,
        "__typename": "Mutation",
    }
    assert numbers.calls == ["begin 1", "end 1", "later 1", "begin 2", "end 2", "later 3", "plain"]


async def test_mutation_root_field_is_called_once_when_its_payload_fails(runner: OperationRunner) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value broken } b: add(by: 2) { value } }"
    data, errors = await runner.data_and_errors(SCHEMA, text, numbers)
    assert data == {"a": None, "b": {"value": 3}}
    assert errors == [("broken", ["a", "broken"])]
    assert numbers.calls == ["begin 1", "end 1", "begin 2", "end 2"]


async def test_single_use_list_of_a_mutation_is_completed_by_graphql_core_after_a_failure(
    runner: OperationRunner,
) -> None:
    numbers = Numbers()
    data, errors = await runner.data_and_errors(SCHEMA, "mutation { list { value broken } }", numbers)
    assert data == {"list": [None, None]}
    assert [path for _, path in errors] == [["list", 0, "broken"], ["list", 1, "broken"]]
    assert numbers.calls == ["list"]


async def test_mutation_fields_before_and_after_a_failed_one_are_executed(runner: OperationRunner) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value } fails { value } b: add(by: 2) { value } }"
    data, errors = await runner.data_and_errors(SCHEMA, text, numbers)
    assert data == {"a": {"value": 1}, "fails": None, "b": {"value": 3}}
    assert errors == [("failed", ["fails"])]


async def test_failed_non_null_mutation_field_stops_the_operation(runner: OperationRunner) -> None:
    numbers = Numbers()
    data, errors = await runner.data_and_errors(SCHEMA, "mutation { needed { broken } plain }", numbers)
    assert data is None
    assert errors == [("broken", ["needed", "broken"])]
    assert numbers.calls == ["needed"]


async def test_missing_mutation_argument_is_an_error(runner: OperationRunner) -> None:
    numbers = Numbers()
    data, errors = await runner.data_and_errors(SCHEMA, "mutation { add { value } plain }", numbers)
    assert data == {"add": None, "plain": 5}
    assert errors == [("Argument 'by' of required type 'Int!' was not provided.", ["add"])]


async def test_fallback_hook_is_called_before_the_payload_is_completed_again() -> None:
    numbers = Numbers()

    async def record_fallback(_failure: Exception) -> None:
        numbers.calls.append("fallback")

    runner = OperationRunner(executor.execute)
    text = "mutation { a: add(by: 1) { value broken } b: add(by: 2) { value } }"
    await runner.data_and_errors(SCHEMA, text, numbers, on_fallback=record_fallback)
    assert numbers.calls == ["begin 1", "end 1", "fallback", "begin 2", "end 2"]


async def test_subscription_event_is_executed_like_a_query(runner: OperationRunner) -> None:
    assert await runner.data(SCHEMA, "subscription { ticks }", Record(ticks=3)) == {"ticks": 3}


@pytest.mark.parametrize("text", ["{ a @unknown }", "query @unknown { a }", "{ ...F } fragment F on Query @x { a }"])
async def test_unknown_directives_are_ignored(runner: OperationRunner, text: str) -> None:
    assert await runner.data(SCHEMA, text, Record(a=1)) == {"a": 1}


async def test_operation_with_a_directive_has_a_plan() -> None:
    document = parse("mutation @unknown { add(by: 1) { value } }")
    assert isinstance(find_plan(PlanCache(), SCHEMA, document), tuple)
