"""GraphQL specification, section 6.2.2: executing mutations. A plan calls root fields that have resolvers; graphql-core
calls those with its default resolver."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

import executor
from executor import mutation_run, pacer
from tests.executor.executor_helpers import OperationRunner, Record

TYPES = """
    type Query { a: Int }
    type Counter { value: Int!, later: Int, broken: Int! }
    type Mutation {
        add(by: Int!): Counter, addFrom(source: Int!): Counter, needed: Counter!, plain: Int, fails: Counter,
        failsLater: Counter, list: [Counter]
    }
"""


@pytest.fixture(params=["resolvers", "default resolver"])
def schema(request: pytest.FixtureRequest) -> GraphQLSchema:
    """Return the schema, whose root fields have resolvers or not."""
    schema = build_schema(TYPES)
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        if request.param == "resolvers":
            field.resolve = lambda root, info, name=name, **arguments: getattr(root, name)(info, **arguments)
    return schema


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

    async def addFrom(self, _info: Any, source: int) -> Record:  # noqa: N802 - the field's name
        self.value += source
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

    async def failsLater(self, _info: Any) -> Record:  # noqa: N802 - the field's name
        self.calls.append("failsLater")
        raise ValueError("failed later")

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


async def test_mutation_root_fields_are_executed_serially(runner: OperationRunner, schema: GraphQLSchema) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value later } b: add(by: 2) { value later } plain __typename }"
    assert await runner.data(schema, text, numbers) == {
        "a": {"value": 1, "later": 1},
        "b": {"value": 3, "later": 3},
        "plain": 5,
        "__typename": "Mutation",
    }
    assert numbers.calls == ["begin 1", "end 1", "later 1", "begin 2", "end 2", "later 3", "plain"]


async def test_mutation_root_field_is_called_once_when_its_payload_fails(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value broken } b: add(by: 2) { value } }"
    data, errors = await runner.data_and_errors(schema, text, numbers)
    assert data == {"a": None, "b": {"value": 3}}
    assert errors == [("broken", ["a", "broken"])]
    assert numbers.calls == ["begin 1", "end 1", "begin 2", "end 2"]


async def test_single_use_list_of_a_mutation_is_completed_by_graphql_core_after_a_failure(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    numbers = Numbers()
    data, errors = await runner.data_and_errors(schema, "mutation { list { value broken } }", numbers)
    assert data == {"list": [None, None]}
    assert [path for _, path in errors] == [["list", 0, "broken"], ["list", 1, "broken"]]
    assert numbers.calls == ["list"]


async def test_mutation_fields_before_and_after_a_failed_one_are_executed(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value } fails { value } b: add(by: 2) { value } }"
    data, errors = await runner.data_and_errors(schema, text, numbers)
    assert data == {"a": {"value": 1}, "fails": None, "b": {"value": 3}}
    assert errors == [("failed", ["fails"])]


async def test_mutation_fields_before_and_after_one_that_fails_later_are_executed_once(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value } failsLater { value } b: add(by: 2) { value } }"
    data, errors = await runner.data_and_errors(schema, text, numbers)
    assert data == {"a": {"value": 1}, "failsLater": None, "b": {"value": 3}}
    assert errors == [("failed later", ["failsLater"])]
    assert numbers.calls == ["begin 1", "end 1", "failsLater", "begin 2", "end 2"]


@pytest.mark.parametrize("schema", ["resolvers"], indirect=True)  # graphql-core's default resolver does not permit it
async def test_argument_may_have_the_name_of_a_parameter_of_resolvers(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    text = "mutation { fails { value } addFrom(source: 3) { value } }"
    data, errors = await runner.data_and_errors(schema, text, Numbers())
    assert data == {"fails": None, "addFrom": {"value": 3}}
    assert errors == [("failed", ["fails"])]


async def test_mutation_pauses_between_root_fields(schema: GraphQLSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacer, "STEP_SECONDS", 0)
    numbers = Numbers()

    def must_yield() -> bool:
        numbers.calls.append("must yield")
        return False

    slicing = executor.Slicing(lambda value: (value, 1), lambda: None, must_yield)
    text = "mutation { a: add(by: 1) { value } b: add(by: 2) { value } }"
    await OperationRunner(executor.execute).data(schema, text, numbers, slicing=slicing)
    assert numbers.calls[:5] == ["begin 1", "end 1", "must yield", "begin 2", "end 2"]


async def test_mutation_fields_before_one_with_an_invalid_argument_are_executed_once(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    numbers = Numbers()
    data, errors = await runner.data_and_errors(schema, "mutation { a: add(by: 1) { value } add { value } }", numbers)
    assert data == {"a": {"value": 1}, "add": None}
    assert [path for _, path in errors] == [["add"]]
    assert numbers.calls == ["begin 1", "end 1"]


async def test_mutation_fields_before_a_synchronous_one_are_executed_once(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    numbers = Numbers()
    text = "mutation { a: add(by: 1) { value } needed { value } b: add(by: 2) { value } }"
    assert await runner.data(schema, text, numbers) == {"a": {"value": 1}, "needed": {"value": 1}, "b": {"value": 3}}
    assert numbers.calls == ["begin 1", "end 1", "needed", "begin 2", "end 2"]


@pytest.mark.parametrize("schema", ["resolvers"], indirect=True)
async def test_mutation_that_succeeds_is_executed_without_graphql_core(
    plan_runner: OperationRunner, schema: GraphQLSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutation_run, "MutationExecutor", None)
    text = "mutation { a: add(by: 1) { value later } b: add(by: 2) { value } __typename }"
    assert await plan_runner.data(schema, text, Numbers()) == {
        "a": {"value": 1, "later": 1},
        "b": {"value": 3},
        "__typename": "Mutation",
    }


async def test_points_of_a_mutation_do_not_depend_on_a_failure(schema: GraphQLSchema) -> None:
    meters = [executor.Meter(), executor.Meter()]
    runners = [OperationRunner(executor.execute), OperationRunner(executor.execute_with_core)]
    text = "mutation { a: add(by: 1) { value } failsLater { value } b: add(by: 2) { value broken } }"
    for runner, meter in zip(runners, meters, strict=True):
        await runner.data_and_errors(schema, text, Numbers(), meter=meter)
    assert meters[0].points == meters[1].points > 0


async def test_failed_non_null_mutation_field_stops_the_operation(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    numbers = Numbers()
    data, errors = await runner.data_and_errors(schema, "mutation { needed { broken } plain }", numbers)
    assert data is None
    assert errors == [("broken", ["needed", "broken"])]
    assert numbers.calls == ["needed"]


async def test_missing_mutation_argument_is_an_error(runner: OperationRunner, schema: GraphQLSchema) -> None:
    numbers = Numbers()
    data, errors = await runner.data_and_errors(schema, "mutation { add { value } plain }", numbers)
    assert data == {"add": None, "plain": 5}
    assert errors == [("Argument 'by' of required type 'Int!' was not provided.", ["add"])]


async def test_fallback_hook_is_called_before_the_payload_is_completed_again(schema: GraphQLSchema) -> None:
    numbers = Numbers()

    async def record_fallback(_failure: Exception) -> None:
        numbers.calls.append("fallback")

    runner = OperationRunner(executor.execute)
    text = "mutation { a: add(by: 1) { value broken } b: add(by: 2) { value } }"
    await runner.data_and_errors(schema, text, numbers, on_fallback=record_fallback)
    assert numbers.calls == ["begin 1", "end 1", "fallback", "begin 2", "end 2"]
