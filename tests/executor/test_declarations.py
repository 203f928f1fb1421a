"""Declared fields: resolved once per level, with the same result as the equivalent resolvers."""

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
from executor import AttributeField, BatchedField, ComputedField, PrefixSerializer
from executor.execution import Execution
from tests.executor.executor_helpers import OperationRunner, Record, declared_field


class Library:
    """A schema of authors and their books, with a log of the loads."""

    def __init__(self) -> None:
        self.loads: list[tuple[str, list[str], dict[str, Any]]] = []
        self.running = 0
        self.max_running = 0
        author = GraphQLObjectType("Author", lambda: author_fields)
        book = GraphQLObjectType(
            "Book",
            lambda: {
                "title": declared_field(GraphQLString, AttributeField("title", str.upper)),
                "length": declared_field(GraphQLNonNull(GraphQLInt), ComputedField(lambda book: len(book.title))),
                "author": declared_field(author, BatchedField(self.load_author)),
            },
        )
        first = GraphQLArgument(GraphQLInt, default_value=10, out_name="limit")
        author_fields = {
            "name": declared_field(GraphQLNonNull(GraphQLString), AttributeField("name")),
            "books": declared_field(GraphQLList(GraphQLNonNull(book)), BatchedField(self.load_books), first=first),
            "friend": declared_field(author, AttributeField("friend")),
            "shelf": declared_field(GraphQLList(GraphQLString), ComputedField(lambda author: (n for n in author.name))),
        }
        authors = GraphQLField(GraphQLList(author), resolve=lambda *_: AUTHORS)
        self.schema = GraphQLSchema(GraphQLObjectType("Query", {"authors": authors}))

    async def load_books(self, context: Any, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        await self._record_load("books", parents, arguments)
        books = [[Record(title=f"{parent.name}{n}", by=parent) for n in range(2)] for parent in parents]
        return [author_books[: arguments["limit"]] for author_books in books]

    async def load_author(self, context: Any, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        await self._record_load("author", parents, arguments)
        return [None if parent.title == "b1" else parent.by for parent in parents]

    async def _record_load(self, name: str, parents: Sequence[Any], arguments: Mapping[str, Any]) -> None:
        self.loads.append(
            (name, [getattr(parent, "name", None) or parent.title for parent in parents], dict(arguments))
        )
        self.running += 1
        self.max_running = max(self.max_running, self.running)
        await asyncio.sleep(0.001)
        self.running -= 1


ANN = Record(name="a", friend=None)
BOB = Record(name="b", friend=ANN)
AUTHORS = [ANN, None, BOB]


async def test_declared_fields_resolve_as_declared(runner: OperationRunner) -> None:
    text = "{ authors { name friend { name shelf } books(first: 1) { title length author { name } } } }"
    assert await runner.data(Library().schema, text) == {
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


async def test_relation_is_loaded_once_per_level(plan_runner: OperationRunner) -> None:
    library = Library()
    text = "query ($n: Int) { authors { books(first: $n) { author { books { title } } } } }"
    await plan_runner.data(library.schema, text, variable_values={"n": 2})
    assert library.loads == [
        ("books", ["a", "b"], {"limit": 2}),
        ("author", ["a0", "a1", "b0", "b1"], {}),
        ("books", ["a", "a", "b"], {"limit": 10}),
    ]


async def test_relations_of_one_level_are_loaded_concurrently(plan_runner: OperationRunner) -> None:
    library = Library()
    await plan_runner.data(library.schema, "{ authors { one: books { title } two: books(first: 1) { title } } }")
    assert library.max_running == 2


async def test_nothing_is_loaded_without_parents(plan_runner: OperationRunner) -> None:
    library = Library()
    await plan_runner.data(library.schema, "{ authors { books(first: 0) { author { name } } } }")
    assert [name for name, _, _ in library.loads] == ["books"]


async def test_operation_without_awaitables_returns_synchronously() -> None:
    schema = Library().schema
    result = executor.execute(schema, parse("{ authors { name shelf } }"), plan_cache=executor.PlanCache())
    assert isinstance(result, ExecutionResult)
    assert result.data == {"authors": [{"name": "a", "shelf": ["a"]}, None, {"name": "b", "shelf": ["b"]}]}


def build_load_schema(values: Any) -> GraphQLSchema:
    """Return a schema with three parents whose batched field loads these values."""

    async def load(_context: Any, parents: Sequence[Any], _arguments: Mapping[str, Any]) -> Any:
        loaded = values if isinstance(values, list) else values()
        return [loaded[parent.n] for parent in parents] if len(loaded) == 3 else loaded

    item = GraphQLObjectType("Item", {"x": declared_field(GraphQLInt, BatchedField(load))})
    items = GraphQLField(GraphQLList(item), resolve=lambda *_: [Record(n=n) for n in range(3)])
    return GraphQLSchema(GraphQLObjectType("Query", {"items": items}))


async def test_exception_among_loaded_values_fails_its_field(runner: OperationRunner) -> None:
    data, errors = await runner.data_and_errors(build_load_schema([1, ValueError("no"), 3]), "{ items { x } }")
    assert data == {"items": [{"x": 1}, {"x": None}, {"x": 3}]}
    assert errors == [("no", ["items", 1, "x"])]


async def test_failed_load_fails_all_of_its_fields(runner: OperationRunner) -> None:
    def fail() -> Any:
        raise ValueError("no database")

    data, errors = await runner.data_and_errors(build_load_schema(fail), "{ items { x } }")
    assert data == {"items": [{"x": None}] * 3}
    assert errors == [("no database", ["items", n, "x"]) for n in range(3)]


async def test_load_with_too_few_values_fails_all_of_its_fields(runner: OperationRunner) -> None:
    data, errors = await runner.data_and_errors(build_load_schema([]), "{ items { x } }")
    assert data == {"items": [{"x": None}] * 3}
    assert len(errors) == 3


@pytest.mark.parametrize(
    "declaration", [AttributeField("class"), AttributeField("no-identifier"), AttributeField("name")]
)
async def test_attribute_names_need_not_be_identifiers(runner: OperationRunner, declaration: AttributeField) -> None:
    item = GraphQLObjectType("Item", {"value": declared_field(GraphQLString, declaration)})
    items = GraphQLField(GraphQLList(item), resolve=lambda *_: [Record(**{declaration.name: "v"})])
    schema = GraphQLSchema(GraphQLObjectType("Query", {"items": items}))
    assert await runner.data(schema, "{ items { class: value } }") == {"items": [{"class": "v"}]}


async def test_missing_attribute_fails_its_field(runner: OperationRunner) -> None:
    item = GraphQLObjectType("Item", {"value": declared_field(GraphQLString, AttributeField("value"))})
    schema = GraphQLSchema(GraphQLObjectType("Query", {"item": GraphQLField(item, resolve=lambda *_: Record())}))
    data, errors = await runner.data_and_errors(schema, "{ item { value } }")
    assert data == {"item": {"value": None}}
    assert errors == [("'Record' object has no attribute 'value'", ["item", "value"])]


async def test_declared_fields_check_arguments_they_do_not_use(runner: OperationRunner) -> None:
    required = GraphQLArgument(GraphQLNonNull(GraphQLInt))
    fields = {
        "column": declared_field(GraphQLString, AttributeField("name"), n=required),
        "computed": declared_field(GraphQLString, ComputedField(lambda _parent: "c"), n=required),
    }
    item = GraphQLObjectType("Item", fields)
    schema = GraphQLSchema(GraphQLObjectType("Query", {"item": GraphQLField(item, resolve=lambda *_: ANN)}))
    assert await runner.data(schema, "{ item { column(n: 1) computed(n: 2) } }") == {
        "item": {"column": "a", "computed": "c"}
    }
    data, errors = await runner.data_and_errors(schema, "{ item { column computed } }")
    assert data == {"item": {"column": None, "computed": None}}
    assert len(errors) == 2


# PrefixSerializer


def build_label_schema(type_: Any, **arguments: GraphQLArgument) -> GraphQLSchema:
    label = declared_field(type_, AttributeField("label", PrefixSerializer("no_", "hex")), **arguments)
    item = GraphQLObjectType("Item", {"label": label})
    return GraphQLSchema(GraphQLObjectType("Query", {"items": GraphQLField(GraphQLList(item))}))


LABELS = [Record(label=Record(hex="ff")), Record(label=Record(hex=7)), Record(label=None)]


async def test_prefix_serializer_formats_any_attribute_value(runner: OperationRunner) -> None:
    expected = [{"label": "no_ff"}, {"label": "no_7"}, {"label": None}]
    for type_ in (GraphQLID, GraphQLString):
        for arguments in ({}, {"x": GraphQLArgument(GraphQLInt)}):
            schema = build_label_schema(type_, **arguments)
            assert await runner.data(schema, "{ items { label } }", {"items": LABELS}) == {"items": expected}


async def test_prefixed_text_is_serialized_by_a_custom_scalar(runner: OperationRunner) -> None:
    uppercase = GraphQLScalarType("Uppercase", serialize=str.upper)
    assert await runner.data(build_label_schema(uppercase), "{ items { label } }", {"items": LABELS[:1]}) == {
        "items": [{"label": "NO_FF"}]
    }


@pytest.mark.parametrize("label", [None, Record(), 5])
async def test_prefix_serializer_fails_without_the_attribute(label: Any) -> None:
    schema, root = build_label_schema(GraphQLNonNull(GraphQLID)), {"items": [LABELS[0], Record(label=label)]}
    results = [execute(schema, parse("{ items { label } }"), root) for execute in (graphql.execute, executor.execute)]
    first, second = [await result if isawaitable(result) else result for result in results]
    assert first == second
    assert first.errors


# Deduplicated objects, and reference cycles


async def test_objects_are_deduplicated_only_on_request(plan_runner: OperationRunner) -> None:
    author = GraphQLObjectType("Author", {"name": declared_field(GraphQLString, AttributeField("name"))})
    schema = GraphQLSchema(GraphQLObjectType("Query", {"authors": GraphQLField(GraphQLList(author))}))
    root = {"authors": [ANN, BOB, ANN, None, ANN]}
    expected = [{"name": "a"}, {"name": "b"}, {"name": "a"}, None, {"name": "a"}]
    for dedupe_objects in (False, True):
        result = executor.execute(
            schema, parse("{ authors { name } }"), root, plan_cache=executor.PlanCache(), dedupe_objects=dedupe_objects
        )
        assert isinstance(result, ExecutionResult)
        assert result.data == {"authors": expected}
        ann = [author for author in result.data["authors"] if author == {"name": "a"}]
        assert len({id(author) for author in ann}) == (1 if dedupe_objects else 3)


def test_execution_creates_no_reference_cycles() -> None:
    library = Library()
    document, cache = (
        parse("{ authors { name friend { name } books { title length author { name } } } }"),
        executor.PlanCache(),
    )

    async def run() -> None:
        for _ in range(3):
            result = executor.execute(library.schema, document, plan_cache=cache)
            assert isawaitable(result)
            assert (await result).errors is None

    asyncio.run(run())
    gc.collect()
    gc.disable()
    try:
        asyncio.run(run())
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        garbage = [
            value for value in gc.garbage if isinstance(value, Execution | Record | dict) and _is_from_execution(value)
        ]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert garbage == []


def _is_from_execution(value: Any) -> bool:
    return not isinstance(value, dict) or bool({"authors", "books", "title"} & value.keys())
