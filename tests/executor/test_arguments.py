"""Arguments of declared fields: executions with the same small values share them."""

from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLArgument, GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString, parse

import executor
from executor import Arguments, BatchedField
from executor.argument_coercion import MAX_REMEMBERED
from tests.executor.executor_helpers import declared_field

INT_QUERY = "query ($n: Int) { values(n: $n) }"


class Recorder:
    """A schema with one field, which records its arguments."""

    def __init__(self) -> None:
        self.received: list[Arguments] = []
        arguments = {"n": GraphQLArgument(GraphQLInt, default_value=10), "text": GraphQLArgument(GraphQLString)}
        field = declared_field(GraphQLInt, BatchedField(self.load, is_sync=True), **arguments)
        self.schema = GraphQLSchema(GraphQLObjectType("Query", {"values": field}))
        self.plan_cache = executor.PlanCache()

    def load(self, _context: Any, parents: Sequence[Any], arguments: Arguments) -> list[int]:
        self.received.append(arguments)
        return [1] * len(parents)

    def execute(self, text: str, *inputs: dict[str, Any]) -> list[Arguments]:
        """Execute the operation once for each input, and return the arguments that the field has received."""
        document = parse(text)
        for each in inputs:
            result = executor.execute(self.schema, document, variable_values=each, plan_cache=self.plan_cache)
            assert result == ({"values": 1}, None)
        return self.received


def test_same_numbers_share_arguments() -> None:
    first, other, again = Recorder().execute(INT_QUERY, {"n": 1}, {"n": 2}, {"n": 1})
    assert (first, other) == ({"n": 1}, {"n": 2})
    assert again is first


def test_constants_share_arguments() -> None:
    first, again = Recorder().execute('{ values(n: 3, text: "a") }', {}, {})
    assert first == {"n": 3, "text": "a"}
    assert again is first


def test_null_and_missing_variables_differ() -> None:
    received = Recorder().execute(INT_QUERY, {}, {"n": None}, {}, {"n": 10})
    assert received == [{"n": 10}, {"n": None}, {"n": 10}, {"n": 10}]


def test_texts_are_not_remembered() -> None:
    first, again = Recorder().execute("query ($t: String) { values(n: 1, text: $t) }", {"t": "a"}, {"t": "a"})
    assert first == again == {"n": 1, "text": "a"}
    assert again is not first


def test_few_combinations_are_remembered() -> None:
    numbers = range(MAX_REMEMBERED + 1)
    received = Recorder().execute(INT_QUERY, *({"n": n} for n in [*numbers, 0]))
    assert [arguments["n"] for arguments in received] == [*numbers, 0]
    assert received[-1] is not received[0]


def test_function_of_arguments_is_called_once() -> None:
    calls: list[dict[str, Any]] = []

    def count(arguments: Arguments) -> int:
        calls.append(arguments)
        return len(arguments)

    arguments = Arguments(a=1, b=2)
    assert [arguments.derive(count), arguments.derive(count)] == [2, 2]
    assert len(calls) == 1
    assert arguments.derive(sorted) == ["a", "b"]


def test_error_of_function_is_not_remembered() -> None:
    def fail(_arguments: Arguments) -> None:
        raise ValueError("no")

    arguments = Arguments()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            arguments.derive(fail)
