"""Columns, computed fields and batched loads: asked once a level, answering what ordinary resolvers do."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    parse,
)

import executor
from executor import FIELD, Batched, Column, Computed, Declaration, ordinary_resolver
from tests.executor.ways import Thing, Way


def declared(kind: Any, declaration: Declaration, **arguments: GraphQLArgument) -> GraphQLField:
    """A field that both executors can run."""
    return GraphQLField(kind, arguments, resolve=ordinary_resolver(declaration), extensions={FIELD: declaration})


class Library:
    """Authors and their books, which notes what was loaded."""

    def __init__(self) -> None:
        self.loads: list[tuple[str, list[str], dict[str, Any]]] = []
        self.running = 0
        self.most = 0
        author = GraphQLObjectType("Author", lambda: author_fields)
        book = GraphQLObjectType(
            "Book",
            lambda: {
                "title": declared(GraphQLString, Column("title", str.upper)),
                "length": declared(GraphQLNonNull(GraphQLInt), Computed(lambda book: len(book.title))),
                "author": declared(author, Batched(self.author_of)),
            },
        )
        first = GraphQLArgument(GraphQLInt, default_value=10, out_name="most")
        author_fields = {
            "name": declared(GraphQLNonNull(GraphQLString), Column("name")),
            "books": declared(GraphQLList(GraphQLNonNull(book)), Batched(self.books_of), first=first),
            "friend": declared(author, Column("friend")),
            "shelf": declared(GraphQLList(GraphQLString), Computed(lambda author: (n for n in author.name))),
        }
        everyone = GraphQLField(GraphQLList(author), resolve=lambda *_: AUTHORS)
        self.schema = GraphQLSchema(GraphQLObjectType("Query", {"authors": everyone}))

    async def books_of(self, context: Any, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        await self._load("books", parents, arguments)
        books = [[Thing(title=f"{parent.name}{n}", by=parent) for n in range(2)] for parent in parents]
        return [each[: arguments["most"]] for each in books]

    async def author_of(self, context: Any, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        await self._load("author", parents, arguments)
        return [None if parent.title == "b1" else parent.by for parent in parents]

    async def _load(self, name: str, parents: Sequence[Any], arguments: Mapping[str, Any]) -> None:
        self.loads.append((name, [getattr(each, "name", None) or each.title for each in parents], dict(arguments)))
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.001)
        self.running -= 1


ANN = Thing(name="a", friend=None)
BOB = Thing(name="b", friend=ANN)
AUTHORS = [ANN, None, BOB]


async def test_fields_answer_what_is_declared(way: Way) -> None:
    text = "{ authors { name friend { name shelf } books(first: 1) { title length author { name } } } }"
    assert await way.data(Library().schema, text) == {
        "authors": [
            {"name": "a", "friend": None, "books": [{"title": "A0", "length": 2, "author": {"name": "a"}}]},
            None,
            {
                "name": "b",
                "friend": {"name": "a", "shelf": ["a"]},
                "books": [{"title": "B0", "length": 2, "author": {"name": "b"}}],
            },
        ]
    }


async def test_a_relation_is_loaded_once_a_level(planned: Way) -> None:
    library = Library()
    text = "query ($n: Int) { authors { books(first: $n) { author { books { title } } } } }"
    await planned.data(library.schema, text, variable_values={"n": 2})
    assert library.loads == [
        ("books", ["a", "b"], {"most": 2}),
        ("author", ["a0", "a1", "b0", "b1"], {}),
        ("books", ["a", "a", "b"], {"most": 10}),
    ]


async def test_relations_of_one_level_are_loaded_together(planned: Way) -> None:
    library = Library()
    await planned.data(library.schema, "{ authors { one: books { title } two: books(first: 1) { title } } }")
    assert library.most == 2


async def test_without_parents_nothing_is_loaded(planned: Way) -> None:
    library = Library()
    await planned.data(library.schema, "{ authors { books(first: 0) { author { name } } } }")
    assert [name for name, _, _ in library.loads] == ["books"]


async def test_an_operation_that_waits_for_nothing_is_answered_at_once() -> None:
    schema = Library().schema
    found = executor.execute(schema, parse("{ authors { name shelf } }"), plans=executor.Plans())
    assert isinstance(found, ExecutionResult)
    assert found.data == {"authors": [{"name": "a", "shelf": ["a"]}, None, {"name": "b", "shelf": ["b"]}]}


def failing(values: Any) -> GraphQLSchema:
    """Three parents, whose batched field answers these values."""

    async def load(_context: Any, parents: Sequence[Any], _arguments: Mapping[str, Any]) -> Any:
        found = values if isinstance(values, list) else values()
        return [found[parent.n] for parent in parents] if len(found) == 3 else found

    item = GraphQLObjectType("Item", {"x": declared(GraphQLInt, Batched(load))})
    items = GraphQLField(GraphQLList(item), resolve=lambda *_: [Thing(n=n) for n in range(3)])
    return GraphQLSchema(GraphQLObjectType("Query", {"items": items}))


async def test_an_exception_among_loaded_values_fails_its_field(way: Way) -> None:
    data, errors = await way.failed(failing([1, ValueError("no"), 3]), "{ items { x } }")
    assert data == {"items": [{"x": 1}, {"x": None}, {"x": 3}]}
    assert errors == [("no", ["items", 1, "x"])]


async def test_a_load_that_fails_fails_its_fields(way: Way) -> None:
    def fail() -> Any:
        raise ValueError("no database")

    data, errors = await way.failed(failing(fail), "{ items { x } }")
    assert data == {"items": [{"x": None}] * 3}
    assert errors == [("no database", ["items", n, "x"]) for n in range(3)]


async def test_a_load_that_answers_too_little_is_not_believed(way: Way) -> None:
    data, errors = await way.failed(failing([]), "{ items { x } }")
    assert data == {"items": [{"x": None}] * 3}
    assert len(errors) == 3


@pytest.mark.parametrize("declaration", [Column("class"), Column("no-identifier"), Column("name")])
async def test_columns_of_any_name(way: Way, declaration: Column) -> None:
    item = GraphQLObjectType("Item", {"value": declared(GraphQLString, declaration)})
    items = GraphQLField(GraphQLList(item), resolve=lambda *_: [Thing(**{declaration.name: "v"})])
    schema = GraphQLSchema(GraphQLObjectType("Query", {"items": items}))
    assert await way.data(schema, "{ items { class: value } }") == {"items": [{"class": "v"}]}


async def test_a_missing_column_fails_its_field(way: Way) -> None:
    item = GraphQLObjectType("Item", {"value": declared(GraphQLString, Column("value"))})
    schema = GraphQLSchema(GraphQLObjectType("Query", {"item": GraphQLField(item, resolve=lambda *_: Thing())}))
    data, errors = await way.failed(schema, "{ item { value } }")
    assert data == {"item": {"value": None}}
    assert errors == [("'Thing' object has no attribute 'value'", ["item", "value"])]


async def test_declared_fields_check_the_arguments_they_do_not_need(way: Way) -> None:
    needed = GraphQLArgument(GraphQLNonNull(GraphQLInt))
    fields = {
        "column": declared(GraphQLString, Column("name"), n=needed),
        "computed": declared(GraphQLString, Computed(lambda _parent: "c"), n=needed),
    }
    item = GraphQLObjectType("Item", fields)
    schema = GraphQLSchema(GraphQLObjectType("Query", {"item": GraphQLField(item, resolve=lambda *_: ANN)}))
    assert await way.data(schema, "{ item { column(n: 1) computed(n: 2) } }") == {
        "item": {"column": "a", "computed": "c"}
    }
    data, errors = await way.failed(schema, "{ item { column computed } }")
    assert data == {"item": {"column": None, "computed": None}}
    assert len(errors) == 2
