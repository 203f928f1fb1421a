"""GraphQL specification, section 6.4.3: resolving the object types of interfaces and unions."""

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
)

from tests.executor.executor_helpers import OperationRunner


class Animal:
    def __init__(self, type_name: Any) -> None:
        self.type_name = type_name
        self.name = f"a {type_name}"


def build_animal_schema(resolve_type: Any, predicate: Any = None) -> GraphQLSchema:
    """Return a schema with animals of two types, as an interface and as a union."""
    named = GraphQLInterfaceType("Named", {"name": GraphQLField(GraphQLString)}, resolve_type=resolve_type)

    def build_type(name: str) -> GraphQLObjectType:
        is_type_of = predicate and (lambda value, info: predicate(value, info, name))
        return GraphQLObjectType(name, {"name": GraphQLField(GraphQLString)}, [named], is_type_of)

    cat, dog = build_type("Cat"), build_type("Dog")
    union = GraphQLUnionType("Pet", [cat, dog], resolve_type=resolve_type)
    other = GraphQLObjectType("Other", {"name": GraphQLField(GraphQLString)})
    fields = {"named": GraphQLField(GraphQLList(named)), "pets": GraphQLField(GraphQLList(union))}
    return GraphQLSchema(GraphQLObjectType("Query", fields), types=[cat, dog, other])


ANIMALS = "{ named { name __typename } pets { ... on Cat { name } ... on Dog { dog: name } __typename } }"


def has_type(value: Any, _info: Any, name: str) -> bool:
    return bool(value.type_name == name)


async def has_type_async(value: Any, _info: Any, name: str) -> bool:
    return bool(value.type_name == name)


async def resolve_type_async(value: Any, *_: Any) -> str:
    return str(value.type_name)


@pytest.mark.parametrize(
    "schema",
    [
        build_animal_schema(lambda value, *_: value.type_name),
        build_animal_schema(resolve_type_async),
        build_animal_schema(None, has_type),
        build_animal_schema(None, has_type_async),
        build_animal_schema(lambda value, *_: value.type_name, has_type),
        build_animal_schema(resolve_type_async, has_type_async),
    ],
)
async def test_interface_and_union_objects_are_completed_by_their_type(
    runner: OperationRunner, schema: GraphQLSchema
) -> None:
    pets = [Animal("Dog"), Animal("Cat"), None, Animal("Dog")]
    assert await runner.data(schema, ANIMALS, {"named": pets, "pets": pets}) == {
        "named": [
            {"name": "a Dog", "__typename": "Dog"},
            {"name": "a Cat", "__typename": "Cat"},
            None,
            {"name": "a Dog", "__typename": "Dog"},
        ],
        "pets": [
            {"dog": "a Dog", "__typename": "Dog"},
            {"name": "a Cat", "__typename": "Cat"},
            None,
            {"dog": "a Dog", "__typename": "Dog"},
        ],
    }


async def test_type_resolver_argument_is_used(runner: OperationRunner) -> None:
    calls: list[Any] = []

    def resolve_type(value: Any, info: Any, abstract: Any) -> str:
        calls.append((info.path.as_list(), abstract.name))
        return "Cat"

    text = "{ pets { __typename } }"
    data = await runner.data(build_animal_schema(None), text, {"pets": [1, 2]}, type_resolver=resolve_type)
    assert data == {"pets": [{"__typename": "Cat"}] * 2}
    assert calls == [(["pets"], "Pet")] * 2


@pytest.mark.parametrize("type_name", [None, 5, "Missing", "Other", "Pet", "String"])
async def test_invalid_resolved_type_fails_its_field(runner: OperationRunner, type_name: Any) -> None:
    data, errors = await runner.data_and_errors(
        build_animal_schema(lambda *_: type_name), "{ pets { __typename } }", {"pets": [1]}
    )
    assert data == {"pets": [None]}
    assert errors[0][1] == ["pets", 0]


async def test_object_rejected_by_is_type_of_fails_its_field(runner: OperationRunner) -> None:
    schema = build_animal_schema(lambda *_: "Cat", has_type)
    data, errors = await runner.data_and_errors(
        schema, "{ pets { __typename } }", {"pets": [Animal("Cat"), Animal("Dog")]}
    )
    assert data == {"pets": [{"__typename": "Cat"}, None]}
    assert errors[0][0].startswith("Expected value of type 'Cat' but got")
