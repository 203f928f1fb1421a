"""GraphQL specification, section 6.3: executing selection sets, and collecting their fields."""

import asyncio
from typing import Any

import pytest
from graphql import build_schema, execute_sync, get_introspection_query, parse

from tests.executor.executor_helpers import OperationRunner, Record

SCHEMA = build_schema("""
    interface Named { name: String }
    type Cat implements Named { name: String, lives: Int, friend: Pet, toy: Toy }
    type Dog implements Named { name: String, tricks: Int, friend: Pet, toy: Toy }
    type Toy { name: String, size: Int }
    union Pet = Cat | Dog
    type Query { cat: Cat, pets: [Pet!], named: [Named], a: Int, b: Int, slow: Int, slower: Int }
""")
TOY = {"name": "Ball", "size": 3}
CAT = {"__typename": "Cat", "name": "Tom", "lives": 9, "toy": TOY}
DOG = {"__typename": "Dog", "name": "Rex", "tricks": 2, "friend": CAT, "toy": TOY}
ROOT = {"cat": CAT, "pets": [CAT, DOG, CAT], "named": [DOG, None, CAT], "a": 1, "b": 2}


async def test_response_keys_have_the_order_of_the_operation(runner: OperationRunner) -> None:
    data = await runner.data(SCHEMA, "{ b z: a ...F ... { b c: b } a } fragment F on Query { __typename a }", ROOT)
    assert list(data.items()) == [("b", 2), ("z", 1), ("__typename", "Query"), ("a", 1), ("c", 2)]


async def test_selections_with_the_same_response_key_are_merged(runner: OperationRunner) -> None:
    text = (
        "{ cat { name toy { name } } ...F cat { lives toy { size } } } fragment F on Query { cat { toy { n: name } } }"
    )
    data = await runner.data(SCHEMA, text, ROOT)
    assert data == {"cat": {"name": "Tom", "toy": {"name": "Ball", "n": "Ball", "size": 3}, "lives": 9}}
    assert list(data["cat"]) == ["name", "toy", "lives"]


@pytest.mark.parametrize(
    ("directive", "is_included"),
    [
        ("@skip(if: true)", False),
        ("@skip(if: false)", True),
        ("@include(if: true)", True),
        ("@include(if: false)", False),
        ("@skip(if: $yes)", False),
        ("@include(if: $yes)", True),
        ("@skip(if: $no) @include(if: $yes)", True),
        ("@skip(if: $yes) @include(if: $yes)", False),
        ("@include(if: $default)", True),
    ],
)
@pytest.mark.parametrize("text", ["b {}", "... {} {{ b }}", "...F {}"])
async def test_skip_and_include_directives_determine_selected_fields(
    runner: OperationRunner,
    text: str,
    directive: str,
    is_included: bool,  # noqa: FBT001
) -> None:
    operation = f"query ($yes: Boolean!, $no: Boolean!, $default: Boolean = true) {{ a {text.format(directive)} }}"
    fragment = "fragment F on Query { b }" if "F" in text else ""
    data = await runner.data(SCHEMA, operation + fragment, ROOT, variable_values={"yes": True, "no": False})
    assert data == ({"a": 1, "b": 2} if is_included else {"a": 1})


async def test_document_is_executed_again_with_other_conditions(runner: OperationRunner) -> None:
    document = parse("query ($on: Boolean!) { a @include(if: $on) b @skip(if: $on) }")
    for on, expected in ((True, {"a": 1}), (False, {"b": 2}), (True, {"a": 1})):
        result = runner._execute(SCHEMA, document, ROOT, variable_values={"on": on})  # noqa: SLF001
        assert result.data == expected


async def test_condition_without_a_value_is_an_error(runner: OperationRunner) -> None:
    data, errors = await runner.data_and_errors(SCHEMA, "query ($on: Boolean) { a @include(if: $on) }", ROOT)
    assert data is None
    assert errors[0][0].startswith("Argument 'if' has invalid value")


async def test_fragments_apply_to_matching_types(runner: OperationRunner) -> None:
    text = """{ pets { ... on Named { name } ... on Cat { lives } ...D friend: __typename } }
        fragment D on Dog { tricks friend { ... on Cat { lives } } }"""
    data = await runner.data(SCHEMA, text.replace("friend: __typename", "t: __typename"), ROOT)
    cat = {"name": "Tom", "lives": 9, "t": "Cat"}
    assert data == {"pets": [cat, {"name": "Rex", "tricks": 2, "friend": {"lives": 9}, "t": "Dog"}, cat]}


async def test_nested_fragments_on_abstract_types_apply_to_matching_types(runner: OperationRunner) -> None:
    text = "{ named { ... on Named { ... on Pet { ... on Dog { name toy { size } } } } ... on Pet { __typename } } }"
    data = await runner.data(SCHEMA, text, ROOT)
    assert data == {"named": [{"name": "Rex", "toy": {"size": 3}, "__typename": "Dog"}, None, {"__typename": "Cat"}]}


async def test_type_that_first_occurs_in_a_later_execution_is_compiled_then(runner: OperationRunner) -> None:
    for pets, expected in (([CAT], ["Cat"]), ([DOG, CAT], ["Dog", "Cat"]), ([DOG], ["Dog"])):
        data = await runner.data(SCHEMA, "{ pets { __typename } }", {"pets": pets})
        assert [pet["__typename"] for pet in data["pets"]] == expected


async def test_unknown_fields_and_fragments_are_skipped(runner: OperationRunner) -> None:
    assert await runner.data(SCHEMA, "{ a unknown ...Missing ... on Missing { b } }", ROOT) == {"a": 1}


async def test_object_without_selected_fields_is_empty(runner: OperationRunner) -> None:
    text = "query ($no: Boolean = false) { cat { name @include(if: $no) } pets { ... on Dog { name } } }"
    assert await runner.data(SCHEMA, text, ROOT) == {"cat": {}, "pets": [{}, {"name": "Rex"}, {}]}


async def test_query_fields_are_awaited_concurrently(runner: OperationRunner) -> None:
    started: list[str] = []
    both = asyncio.Event()

    async def wait_for_both(name: str) -> int:
        started.append(name)
        if len(started) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 5)
        return 1

    async def slow(_info: Any) -> int:
        return await wait_for_both("slow")

    async def slower(_info: Any) -> int:
        return await wait_for_both("slower")

    assert await runner.data(SCHEMA, "{ slow slower }", Record(slow=slow, slower=slower)) == {"slow": 1, "slower": 1}


async def test_introspection_equals_that_of_graphql_core(runner: OperationRunner) -> None:
    query = get_introspection_query()
    assert await runner.data(SCHEMA, query) == execute_sync(SCHEMA, parse(query)).data
    text = '{ __type(name: "Toy") { name fields { name type { name } } } }'
    fields = [{"name": "name", "type": {"name": "String"}}, {"name": "size", "type": {"name": "Int"}}]
    assert await runner.data(SCHEMA, text) == {"__type": {"name": "Toy", "fields": fields}}
