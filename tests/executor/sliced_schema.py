"""A schema with lists of any length, executed in slices."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

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
from executor import (
    EXECUTOR_EXTENSION,
    LIST_SIZE_EXTENSION,
    WEIGHT_EXTENSION,
    AttributeField,
    BatchedField,
    ListSize,
    Meter,
    Slicing,
    build_resolver,
)
from tests.executor.executor_helpers import Record

PAGE_SIZE = 100


class Part:
    """An encoded part of a result."""

    def __init__(self, text: str) -> None:
        self.text = text


class SlicedSchema:
    """A schema with lists of any length, and a log of the loads."""

    def __init__(self) -> None:
        self.loads: list[int] = []
        self.chunks = 0
        self.failing_number: int | None = None
        self.always_fails = False
        self.waits = False
        self.is_waiting = asyncio.Event()
        self.cancelled = False
        item = GraphQLObjectType("Item", self.item_fields)
        self.item = item
        items = BatchedField(self.load_items)
        query = GraphQLObjectType("Query", {"items": list_field(item, items, "count"), "one": one_field(item)})
        self.schema = GraphQLSchema(query)

    def item_fields(self) -> dict[str, GraphQLField]:
        return {
            "number": attribute_field(GraphQLInt, AttributeField("number")),
            "name": attribute_field(GraphQLString, AttributeField("name", is_long=True)),
            "page": list_field(self.item, BatchedField(self.load_pages), "first"),
            "maybe": list_field(self.item, BatchedField(self.load_nothing), "first"),
            "one": one_field(self.item),
        }

    async def load_items(self, _context: Any, parents: Sequence[Any], arguments: Any) -> list[Any]:
        return [build_items(arguments["count"]) for _ in parents]

    async def load_pages(self, _context: Any, parents: Sequence[Any], arguments: Any) -> list[Any]:
        self.loads.append(len(parents))
        await self.wait()
        if self.always_fails or any(parent.number == self.failing_number for parent in parents):
            raise ValueError("cannot load")
        return [build_items(min(arguments["first"], 3)) for _ in parents]

    async def load_nothing(self, _context: Any, parents: Sequence[Any], _arguments: Any) -> list[Any]:
        return [None if parent.number % 3 == 0 else [None, *build_items(1)] for parent in parents]

    async def wait(self) -> None:
        if self.waits and len(self.loads) > 1:
            self.is_waiting.set()
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.cancelled = True
                raise

    async def run(self, text: str, execute: Any = executor.execute, **options: Any) -> ExecutionResult:
        meter = options.setdefault("meter", Meter())
        slicing = Slicing(encode, self.count_chunk)
        result: ExecutionResult = await execute(self.schema, parse(text), slicing=slicing, **options)
        assert meter is not None
        return result

    def count_chunk(self) -> None:
        self.chunks += 1


def encode(value: Any) -> tuple[Part, int]:
    text = json.dumps(value, default=lambda part: json.loads(part.text))
    return Part(text), len(text)


def decode(value: Any) -> Any:
    """Return the value with encoded parts decoded."""
    return json.loads(encode(value)[0].text)


def build_items(count: int) -> list[Any]:
    return [Record(number=number, name=f"item {number}") for number in range(count)]


def attribute_field(type_: Any, declaration: AttributeField) -> GraphQLField:
    return GraphQLField(type_, resolve=build_resolver(declaration), extensions={EXECUTOR_EXTENSION: declaration})


def list_field(item: Any, batched: BatchedField, argument: str) -> GraphQLField:
    size = ListSize(20, PAGE_SIZE, (argument,))
    return GraphQLField(
        GraphQLList(item),
        {argument: GraphQLArgument(GraphQLInt, default_value=20)},
        resolve=build_resolver(batched),
        extensions={EXECUTOR_EXTENSION: batched, LIST_SIZE_EXTENSION: size, WEIGHT_EXTENSION: 2},
    )


def one_field(item: Any) -> GraphQLField:
    batched = BatchedField(load_one)
    return GraphQLField(GraphQLNonNull(item), resolve=build_resolver(batched), extensions={EXECUTOR_EXTENSION: batched})


ONE = Record(number=1, name="the only one")


async def load_one(_context: Any, parents: Sequence[Any], _arguments: Any) -> list[Any]:
    return [ONE] * len(parents)
