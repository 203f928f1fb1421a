"""Specification, 6.3: executing selection sets, and collecting their fields."""

import asyncio
from typing import Any

import pytest
from graphql import build_schema, execute_sync, get_introspection_query, parse

from tests.executor.ways import Thing, Way

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


async def test_keys_are_in_the_order_of_the_operation(way: Way) -> None:
    data = await way.data(SCHEMA, "{ b z: a ...F ... { b c: b } a } fragment F on Query { __typename a }", ROOT)
    assert list(data.items()) == [("b", 2), ("z", 1), ("__typename", "Query"), ("a", 1), ("c", 2)]


async def test_the_selections_of_one_key_are_merged(way: Way) -> None:
    text = (
        "{ cat { name toy { name } } ...F cat { lives toy { size } } } fragment F on Query { cat { toy { n: name } } }"
    )
    data = await way.data(SCHEMA, text, ROOT)
    assert data == {"cat": {"name": "Tom", "toy": {"name": "Ball", "n": "Ball", "size": 3}, "lives": 9}}
    assert list(data["cat"]) == ["name", "toy", "lives"]


@pytest.mark.parametrize(
    ("directive", "there"),
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
async def test_skip_and_include(way: Way, text: str, directive: str, there: bool) -> None:  # noqa: FBT001
    operation = f"query ($yes: Boolean!, $no: Boolean!, $default: Boolean = true) {{ a {text.format(directive)} }}"
    fragment = "fragment F on Query { b }" if "F" in text else ""
    data = await way.data(SCHEMA, operation + fragment, ROOT, variable_values={"yes": True, "no": False})
    assert data == ({"a": 1, "b": 2} if there else {"a": 1})


async def test_one_document_with_other_conditions(way: Way) -> None:
    document = parse("query ($on: Boolean!) { a @include(if: $on) b @skip(if: $on) }")
    for on, expected in ((True, {"a": 1}), (False, {"b": 2}), (True, {"a": 1})):
        result = way._execute(SCHEMA, document, ROOT, variable_values={"on": on})  # noqa: SLF001
        assert result.data == expected


async def test_a_condition_without_a_value_is_an_error(way: Way) -> None:
    data, errors = await way.failed(SCHEMA, "query ($on: Boolean) { a @include(if: $on) }", ROOT)
    assert data is None
    assert errors[0][0].startswith("Argument 'if' has invalid value")


async def test_fragments_apply_where_the_type_matches(way: Way) -> None:
    text = """{ pets { ... on Named { name } ... on Cat { lives } ...D friend: __typename } }
        fragment D on Dog { tricks friend { ... on Cat { lives } } }"""
    data = await way.data(SCHEMA, text.replace("friend: __typename", "t: __typename"), ROOT)
    cat = {"name": "Tom", "lives": 9, "t": "Cat"}
    assert data == {"pets": [cat, {"name": "Rex", "tricks": 2, "friend": {"lives": 9}, "t": "Dog"}, cat]}


async def test_interfaces_within_interfaces(way: Way) -> None:
    text = "{ named { ... on Named { ... on Pet { ... on Dog { name toy { size } } } } ... on Pet { __typename } } }"
    data = await way.data(SCHEMA, text, ROOT)
    assert data == {"named": [{"name": "Rex", "toy": {"size": 3}, "__typename": "Dog"}, None, {"__typename": "Cat"}]}


async def test_a_type_that_is_met_later_is_compiled_then(way: Way) -> None:
    for pets, expected in (([CAT], ["Cat"]), ([DOG, CAT], ["Dog", "Cat"]), ([DOG], ["Dog"])):
        data = await way.data(SCHEMA, "{ pets { __typename } }", {"pets": pets})
        assert [pet["__typename"] for pet in data["pets"]] == expected


async def test_unknown_fields_and_fragments_are_left_out(way: Way) -> None:
    assert await way.data(SCHEMA, "{ a unknown ...Missing ... on Missing { b } }", ROOT) == {"a": 1}


async def test_an_object_of_which_nothing_is_selected_is_empty(way: Way) -> None:
    text = "query ($no: Boolean = false) { cat { name @include(if: $no) } pets { ... on Dog { name } } }"
    assert await way.data(SCHEMA, text, ROOT) == {"cat": {}, "pets": [{}, {"name": "Rex"}, {}]}


async def test_the_fields_of_a_query_wait_together(way: Way) -> None:
    reached: list[str] = []
    both = asyncio.Event()

    async def wait(name: str) -> int:
        reached.append(name)
        if len(reached) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 5)
        return 1

    async def slow(_info: Any) -> int:
        return await wait("slow")

    async def slower(_info: Any) -> int:
        return await wait("slower")

    assert await way.data(SCHEMA, "{ slow slower }", Thing(slow=slow, slower=slower)) == {"slow": 1, "slower": 1}


async def test_introspection(way: Way) -> None:
    query = get_introspection_query()
    assert await way.data(SCHEMA, query) == execute_sync(SCHEMA, parse(query)).data
    text = '{ __type(name: "Toy") { name fields { name type { name } } } }'
    fields = [{"name": "name", "type": {"name": "String"}}, {"name": "size", "type": {"name": "Int"}}]
    assert await way.data(SCHEMA, text) == {"__type": {"name": "Toy", "fields": fields}}
