"""Specification, 6.4.3: finding the type of objects whose field is an interface or a union."""

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

from tests.executor.ways import Way


class Animal:
    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.name = f"a {kind}"


def animals(resolve_type: Any, predicate: Any = None) -> GraphQLSchema:
    """Animals of two types, as an interface and as a union."""
    named = GraphQLInterfaceType("Named", {"name": GraphQLField(GraphQLString)}, resolve_type=resolve_type)

    def kind(name: str) -> GraphQLObjectType:
        is_type_of = predicate and (lambda value, info: predicate(value, info, name))
        return GraphQLObjectType(name, {"name": GraphQLField(GraphQLString)}, [named], is_type_of)

    cat, dog = kind("Cat"), kind("Dog")
    union = GraphQLUnionType("Pet", [cat, dog], resolve_type=resolve_type)
    other = GraphQLObjectType("Other", {"name": GraphQLField(GraphQLString)})
    fields = {"named": GraphQLField(GraphQLList(named)), "pets": GraphQLField(GraphQLList(union))}
    return GraphQLSchema(GraphQLObjectType("Query", fields), types=[cat, dog, other])


ANIMALS = "{ named { name __typename } pets { ... on Cat { name } ... on Dog { dog: name } __typename } }"


def of_kind(value: Any, _info: Any, name: str) -> bool:
    return bool(value.kind == name)


async def of_kind_later(value: Any, _info: Any, name: str) -> bool:
    return bool(value.kind == name)


async def type_later(value: Any, *_: Any) -> str:
    return str(value.kind)


@pytest.mark.parametrize(
    "schema",
    [
        animals(lambda value, *_: value.kind),
        animals(type_later),
        animals(None, of_kind),
        animals(None, of_kind_later),
        animals(lambda value, *_: value.kind, of_kind),
        animals(type_later, of_kind_later),
    ],
)
async def test_objects_of_abstract_types(way: Way, schema: GraphQLSchema) -> None:
    kinds = [Animal("Dog"), Animal("Cat"), None, Animal("Dog")]
    assert await way.data(schema, ANIMALS, {"named": kinds, "pets": kinds}) == {
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


async def test_a_type_resolver_of_the_callers_choice(way: Way) -> None:
    seen: list[Any] = []

    def resolve_type(value: Any, info: Any, abstract: Any) -> str:
        seen.append((info.path.as_list(), abstract.name))
        return "Cat"

    text = "{ pets { __typename } }"
    data = await way.data(animals(None), text, {"pets": [1, 2]}, type_resolver=resolve_type)
    assert data == {"pets": [{"__typename": "Cat"}] * 2}
    assert seen == [(["pets"], "Pet")] * 2


@pytest.mark.parametrize("kind", [None, 5, "Missing", "Other", "Pet", "String"])
async def test_wrong_types_fail_their_field(way: Way, kind: Any) -> None:
    data, errors = await way.failed(animals(lambda *_: kind), "{ pets { __typename } }", {"pets": [1]})
    assert data == {"pets": [None]}
    assert errors[0][1] == ["pets", 0]


async def test_an_object_that_denies_its_type_fails_its_field(way: Way) -> None:
    schema = animals(lambda *_: "Cat", of_kind)
    data, errors = await way.failed(schema, "{ pets { __typename } }", {"pets": [Animal("Cat"), Animal("Dog")]})
    assert data == {"pets": [{"__typename": "Cat"}, None]}
    assert errors[0][0].startswith("Expected value of type 'Cat' but got")
