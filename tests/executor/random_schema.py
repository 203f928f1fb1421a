"""Schemas made by chance, whose fields are got in every way there is, and fail in every way there is.

A value depends only on its parent, its field and its arguments, so that two executors get the same ones."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from executor import FIELD, Batched, Column, Computed, Declaration, ordinary_resolver
from tests.executor.random_values import (
    BAD,
    GOOD,
    INPUT,
    LEAVES,
    ODD,
    SIZE,
    Entry,
    Failure,
    Thing,
    identity,
    later,
    row_class,
    stream,
)

FAILURE_RATES = (0, 0, 0, 0.003, 0.03)
NULL_RATES = (0, 0.05, 0.3)


class World:
    """A schema, and what its fields answer."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - for tests
        self.seed = seed
        self.failures = self.random.choice(FAILURE_RATES)
        self.nulls = self.random.choice(NULL_RATES)
        self.asynchronous = self.random.random() < 0.7
        self.calls: list[str] = []
        self.begun: list[Coroutine[Any, Any, Any]] = []
        self.entries: set[str] = set()
        self.rows: dict[str, type[Thing]] = {}
        self.ways: dict[tuple[str, str], str] = {}
        self.types: dict[str, GraphQLObjectType] = {}
        self.composites: list[Any] = []
        self.schema = self._schema()

    # The schema ------------------------------------------------------------------------------------------------------

    def _schema(self) -> GraphQLSchema:
        chance = self.random
        names = [f"T{number}" for number in range(chance.randint(1, 4))]
        shared = {f"s{number}": self._type([]) for number in range(2)}
        interfaces = [
            GraphQLInterfaceType(
                f"I{number}",
                lambda: {name: GraphQLField(kind) for name, kind in shared.items()},
                resolve_type=self._type_resolver(),
            )
            for number in range(chance.randint(0, 2))
        ]
        for name in names:
            of = [each for each in interfaces if chance.random() < 0.6]
            self.types[name] = GraphQLObjectType(
                name, self._fields(name, shared if of else {}), interfaces=of, is_type_of=self._type_predicate(name)
            )
            if chance.random() < 0.2:
                self.entries.add(name)
        for each in interfaces:
            if any(each in type_.interfaces for type_ in self.types.values()):
                self.composites.append(each)
        self.composites += self.types.values()
        if chance.random() < 0.6:
            members = chance.sample(list(self.types.values()), chance.randint(1, len(names)))
            self.composites.append(GraphQLUnionType("U", members, resolve_type=self._type_resolver()))
        query = self.types["Query"] = GraphQLObjectType("Query", self._fields("Query", {}))
        mutation = self.types["Mutation"] = GraphQLObjectType("Mutation", self._fields("Mutation", {}))
        return GraphQLSchema(query, mutation, types=list(self.types.values()))

    def _fields(self, owner: str, shared: Mapping[str, Any]) -> Callable[[], dict[str, GraphQLField]]:
        def fields() -> dict[str, GraphQLField]:
            count = self.random.randint(2, 5)
            own = {f"f{number}": self._type(self.composites) for number in range(count)}
            return {name: self._field(owner, name, kind) for name, kind in {**shared, **own}.items()}

        return fields

    def _type(self, composites: Sequence[Any]) -> Any:
        chance = self.random
        kind: Any = chance.choice(LEAVES)
        if composites and chance.random() < 0.6:
            kind = chance.choice(composites)
        if chance.random() < 0.3:
            kind = GraphQLNonNull(kind)
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
            kind = GraphQLList(kind)
            if chance.random() < 0.3:
                kind = GraphQLNonNull(kind)
        return kind

    def _field(self, owner: str, name: str, kind: Any) -> GraphQLField:
        way = self.random.choice(self._ways_of(owner))
        self.ways[owner, name] = way
        arguments = {} if way in ("column", "computed") or name.startswith("s") else self._arguments()
        declared = self._declared(way, name, kind)
        if declared is not None:
            return GraphQLField(kind, arguments, resolve=ordinary_resolver(declared), extensions={FIELD: declared})
        return GraphQLField(kind, arguments, resolve=self._resolver(way, name, kind))

    def _ways_of(self, owner: str) -> list[str]:
        ways = ["attribute", "attribute", "method", "resolver"]
        if owner not in self.entries and owner not in ("Query", "Mutation"):
            ways += ["column", "column", "computed"]
        if self.asynchronous:
            ways += ["asynchronous", "slow", "batched", "async method"]
            if owner not in ("Query", "Mutation"):
                ways += ["batched"]
        return ways

    def _arguments(self) -> dict[str, GraphQLArgument]:
        choices = {
            "a": GraphQLArgument(GraphQLInt),
            "b": GraphQLArgument(GraphQLInt, default_value=3, out_name="bee"),
            "c": GraphQLArgument(GraphQLNonNull(GraphQLString)),
            "d": GraphQLArgument(GraphQLList(SIZE)),
            "e": GraphQLArgument(INPUT),
        }
        if self.random.random() < 0.6:
            return {}
        return {name: each for name, each in choices.items() if self.random.random() < 0.4}

    def _declared(self, way: str, name: str, kind: Any) -> Declaration | None:
        if way == "column":
            return Column(name, self.random.choice((None, None, identity)))
        if way == "computed":
            return Computed(lambda parent: self.value(parent, name, {}, kind, "computed"))
        if way != "batched":
            return None

        async def load(parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
            await asyncio.sleep(0)
            return [self._loaded(parent, name, arguments, kind) for parent in parents]

        def answer(_context: Any, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
            return [self._loaded(parent, name, arguments, kind) for parent in parents]

        if self.random.random() < 0.3:
            return Batched(answer, answers=True)
        return Batched(lambda _context, parents, arguments: self._begun(load(parents, arguments)))

    def _begun(self, work: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
        self.begun.append(work)
        return work

    def _loaded(self, parent: Any, name: str, arguments: Mapping[str, Any], kind: Any) -> Any:
        try:
            return self.value(parent, name, arguments, kind, "batched")
        except Failure as failure:
            return failure

    def _resolver(self, way: str, name: str, kind: Any) -> Callable[..., Any] | None:
        if way == "resolver":
            return lambda parent, info, **arguments: self.value(parent, name, arguments, kind, way)
        if way not in ("asynchronous", "slow"):
            return None

        async def work(parent: Any, info: Any, **arguments: Any) -> Any:
            if way == "slow":
                for _ in range(len(name) + len(info.path.as_list())):
                    await asyncio.sleep(0)
            return self.value(parent, name, arguments, kind, way)

        return lambda parent, info, **arguments: self._begun(work(parent, info, **arguments))

    def _type_resolver(self) -> Callable[..., Any] | None:
        choice = self.random.random()
        if choice < 0.6:
            return lambda value, info, abstract: value.type_name

        def resolve(value: Any, info: Any, abstract: Any) -> Any:
            return self._begun(later(value.type_name))

        return resolve if choice < 0.8 and self.asynchronous else None

    def _type_predicate(self, name: str) -> Callable[..., Any] | None:
        choice = self.random.random()

        def ask(value: Any, info: Any) -> Any:
            return self._begun(later(value.type_name == name))

        if choice < 0.2 and self.asynchronous:
            return ask
        # without a type resolver of the abstract type, only predicates know
        return (lambda value, info: value.type_name == name) if choice < 0.7 else None

    # The values ------------------------------------------------------------------------------------------------------

    def attribute(self, parent: Any, name: str) -> Any:
        """What an object says of itself."""
        field = self.types[parent.type_name].fields[name]
        way = self.ways[parent.type_name, name]
        if way == "method":
            return lambda info, **arguments: self.value(parent, name, arguments, field.type, way)
        if way == "async method":

            async def call(info: Any, **arguments: Any) -> Any:
                return self.value(parent, name, arguments, field.type, way)

            return lambda info, **arguments: self._begun(call(info, **arguments))
        return self.value(parent, name, {}, field.type, "attribute")

    def value(self, parent: Any, name: str, arguments: Mapping[str, Any], kind: Any, way: str) -> Any:
        """The value of a field."""
        path = f"{getattr(parent, 'seed', 'root')}.{name}({sorted(arguments.items())})"
        if parent is None:
            self.calls.append(path)
        chance = Random(f"{self.seed}:{path}")  # noqa: S311 - for tests
        if chance.random() < self.failures and way not in ("attribute", "column"):
            raise Failure(f"of {path}")
        return self._made(chance, kind, path, fresh=way not in ("attribute", "column"))

    def _made(self, chance: Random, kind: Any, path: str, *, fresh: bool) -> Any:
        required = is_non_null_type(kind)
        bare = kind.of_type if required else kind
        if chance.random() < self.failures:
            return chance.choice((None, Undefined, Failure(f"given for {path}"), ODD))
        if not required and chance.random() < self.nulls:
            return None
        if is_list_type(bare):
            count, begun = chance.choice((0, 1, 2, 3)), len(self.begun)
            items = [self._made(chance, bare.of_type, f"{path}.{index}", fresh=fresh) for index in range(count)]
            # nobody finds what has begun within a generator that is not iterated over
            return self._list(chance, items) if fresh and len(self.begun) == begun else items
        if is_leaf_type(bare):
            return chance.choice((BAD if chance.random() < self.failures else GOOD)[bare])
        return self._object(chance, bare, path)

    def _list(self, chance: Random, items: list[Any]) -> Any:
        """A list, or what passes for one; some items are to be awaited."""
        slow = [self.asynchronous and chance.random() < 0.03 for _ in items]
        made = (self._begun(later(item)) if late else item for item, late in zip(items, slow, strict=True))
        choice = chance.random()
        if choice < 0.8:
            return list(made)
        if choice < 0.88:
            return tuple(made)
        return made if choice < 0.95 or not self.asynchronous else stream(made)

    def _object(self, chance: Random, kind: Any, path: str) -> Any:
        possible = self.schema.get_possible_types(kind) if is_abstract_type(kind) else [get_named_type(kind)]
        if chance.random() < self.failures:
            possible = list(self.types.values())
        name = chance.choice([each.name for each in possible])
        return self._class_of(name)(self, name, path)

    def _class_of(self, name: str) -> Callable[..., Any]:
        if name in self.entries:
            return Entry
        if name not in self.rows:
            own = self.types[name].fields.items()
            columns = {each: get_nullable_type(field.type) for each, field in own if self.ways[name, each] == "column"}
            chance = Random(f"{self.seed}:{name}")  # noqa: S311 - for tests
            self.rows[name] = row_class(columns) if columns and chance.random() < 0.9 else Thing
        return self.rows[name]
