"""Columns, computed fields and batched loads: asked once a level, answering what ordinary resolvers do."""

import asyncio
import gc
from collections.abc import Mapping, Sequence
from inspect import isawaitable
from typing import Any

import graphql
import pytest
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    parse,
)

import executor
from executor import Batched, Column, Computed, Prefixed
from executor.run import Run
from tests.executor.ways import Thing, Way, declared


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


# Prefixed


def labelled(kind: Any, **arguments: GraphQLArgument) -> GraphQLSchema:
    label = declared(kind, Column("label", Prefixed("no_", "hex")), **arguments)
    thing = GraphQLObjectType("Thing", {"label": label})
    return GraphQLSchema(GraphQLObjectType("Query", {"things": GraphQLField(GraphQLList(thing))}))


LABELS = [Thing(label=Thing(hex="ff")), Thing(label=Thing(hex=7)), Thing(label=None)]


async def test_prefixed_text_is_written_of_whatever_is_there(way: Way) -> None:
    expected = [{"label": "no_ff"}, {"label": "no_7"}, {"label": None}]
    for kind in (GraphQLID, GraphQLString):
        for arguments in ({}, {"x": GraphQLArgument(GraphQLInt)}):
            schema = labelled(kind, **arguments)
            assert await way.data(schema, "{ things { label } }", {"things": LABELS}) == {"things": expected}


async def test_prefixed_text_of_other_types_is_written_by_those(way: Way) -> None:
    loud = GraphQLScalarType("Loud", serialize=str.upper)
    assert await way.data(labelled(loud), "{ things { label } }", {"things": LABELS[:1]}) == {
        "things": [{"label": "NO_FF"}]
    }


@pytest.mark.parametrize("label", [None, Thing(), 5])
async def test_prefixed_text_of_what_is_not_there_is_an_error(label: Any) -> None:
    schema, things = labelled(GraphQLNonNull(GraphQLID)), {"things": [LABELS[0], Thing(label=label)]}
    results = [
        execute(schema, parse("{ things { label } }"), things) for execute in (graphql.execute, executor.execute)
    ]
    first, second = [await each if isawaitable(each) else each for each in results]
    assert first == second
    assert first.errors


# What is shared


async def test_an_answer_shares_only_if_it_may(planned: Way) -> None:
    author = GraphQLObjectType("Author", {"name": declared(GraphQLString, Column("name"))})
    schema = GraphQLSchema(GraphQLObjectType("Query", {"authors": GraphQLField(GraphQLList(author))}))
    root = {"authors": [ANN, BOB, ANN, None, ANN]}
    expected = [{"name": "a"}, {"name": "b"}, {"name": "a"}, None, {"name": "a"}]
    for shares in (False, True):
        result = executor.execute(schema, parse("{ authors { name } }"), root, plans=executor.Plans(), shares=shares)
        assert isinstance(result, ExecutionResult)
        assert result.data == {"authors": expected}
        ann = [each for each in result.data["authors"] if each == {"name": "a"}]
        assert len({id(each) for each in ann}) == (1 if shares else 3)


def test_a_run_leaves_nothing_to_the_collector() -> None:
    library = Library()
    document, plans = (
        parse("{ authors { name friend { name } books { title length author { name } } } }"),
        executor.Plans(),
    )

    async def run() -> None:
        for _ in range(3):
            result = executor.execute(library.schema, document, plans=plans)
            assert isawaitable(result)
            assert (await result).errors is None

    asyncio.run(run())
    gc.collect()
    gc.disable()
    try:
        asyncio.run(run())
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = [each for each in gc.garbage if isinstance(each, Run | Thing | dict) and _is_ours(each)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []


def _is_ours(value: Any) -> bool:
    return not isinstance(value, dict) or bool({"authors", "books", "title"} & value.keys())
