"""Specification, 6.2: executing operations."""

import asyncio
from typing import Any

import pytest
from graphql import build_schema

import executor
from tests.executor.ways import Thing, Way

SCHEMA = build_schema("""
    type Query { a: Int }
    type Counter { value: Int!, later: Int, broken: Int! }
    type Mutation { add(by: Int!): Counter, needed: Counter!, plain: Int, fails: Counter, list: [Counter] }
    type Subscription { ticks: Int }
""")


class Numbers:
    """A number that mutations change; it notes who was called when."""

    def __init__(self) -> None:
        self.value = 0
        self.called: list[str] = []

    async def add(self, _info: Any, by: int) -> Thing:
        self.called.append(f"begin {by}")
        await asyncio.sleep(0)
        self.value += by
        self.called.append(f"end {by}")
        return self._counter()

    def needed(self, _info: Any) -> Thing:
        self.called.append("needed")
        return self._counter()

    def plain(self, _info: Any) -> int:
        self.called.append("plain")
        return 5

    def fails(self, _info: Any) -> Thing:
        self.called.append("fails")
        raise ValueError("failed")

    def list(self, _info: Any) -> Any:
        self.called.append("list")
        return (self._counter() for _ in range(2))

    def _counter(self) -> Thing:
        seen = self.value

        async def later(_info: Any) -> int:
            await asyncio.sleep(0)
            self.called.append(f"later {seen}")
            return seen

        def broken(_info: Any) -> int:
            raise ValueError("broken")

        return Thing(value=seen, later=later, broken=broken)


async def test_root_fields_of_mutations_are_executed_in_turn(way: Way) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value later } b: add(by: 2) { value later } plain __typename }"
    assert await way.data(SCHEMA, text, numbers) == {
        "a": {"value": 1, "later": 1},
        "b": {"value": 3, "later": 3},
        "plain": 5,
        "__typename": "Mutation",
    }
    assert numbers.called == ["begin 1", "end 1", "later 1", "begin 2", "end 2", "later 3", "plain"]


async def test_a_mutation_is_never_executed_twice(way: Way) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value broken } b: add(by: 2) { value } }"
    data, errors = await way.failed(SCHEMA, text, numbers)
    assert data == {"a": None, "b": {"value": 3}}
    assert errors == [("broken", ["a", "broken"])]
    assert numbers.called == ["begin 1", "end 1", "begin 2", "end 2"]


async def test_lists_that_can_be_read_once_are_completed_though_they_fail(way: Way) -> None:
    numbers = Numbers()
    data, errors = await way.failed(SCHEMA, "mutation { list { value broken } }", numbers)
    assert data == {"list": [None, None]}
    assert [path for _, path in errors] == [["list", 0, "broken"], ["list", 1, "broken"]]
    assert numbers.called == ["list"]


async def test_the_mutations_before_a_failed_one_stand(way: Way) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value } fails { value } b: add(by: 2) { value } }"
    data, errors = await way.failed(SCHEMA, text, numbers)
    assert data == {"a": {"value": 1}, "fails": None, "b": {"value": 3}}
    assert errors == [("failed", ["fails"])]


async def test_what_follows_a_needed_mutation_that_failed_is_left_out(way: Way) -> None:
    numbers = Numbers()
    data, errors = await way.failed(SCHEMA, "mutation { needed { broken } plain }", numbers)
    assert data is None
    assert errors == [("broken", ["needed", "broken"])]
    assert numbers.called == ["needed"]


async def test_wrong_arguments_of_a_mutation_are_reported(way: Way) -> None:
    numbers = Numbers()
    data, errors = await way.failed(SCHEMA, "mutation { add { value } plain }", numbers)
    assert data == {"add": None, "plain": 5}
    assert errors == [("Argument 'by' of required type 'Int!' was not provided.", ["add"])]


async def test_the_payload_falls_back_after_the_hook() -> None:
    numbers = Numbers()

    async def note() -> None:
        numbers.called.append("fallback")

    way = Way(executor.execute)
    text = "mutation { a: add(by: 1) { value broken } b: add(by: 2) { value } }"
    await way.failed(SCHEMA, text, numbers, on_fallback=note)
    assert numbers.called == ["begin 1", "end 1", "fallback", "begin 2", "end 2"]


async def test_an_event_is_executed_like_a_query(way: Way) -> None:
    assert await way.data(SCHEMA, "subscription { ticks }", Thing(ticks=3)) == {"ticks": 3}


@pytest.mark.parametrize("text", ["{ a @unknown }", "query @unknown { a }", "{ ...F } fragment F on Query @x { a }"])
async def test_directives_that_nobody_knows_change_nothing(way: Way, text: str) -> None:
    assert await way.data(SCHEMA, text, Thing(a=1)) == {"a": 1}
