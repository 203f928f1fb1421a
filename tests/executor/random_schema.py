"""Random schemas, whose fields get their values in every supported way, and fail in every way.

A value depends on its parent, its field and its arguments only, so that two executors get the same values."""

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

from executor import EXECUTOR_EXTENSION, AttributeField, BatchedField, ComputedField, FieldDeclaration, build_resolver
from tests.executor.random_values import (
    INPUT,
    INVALID,
    INVALID_VALUES,
    LEAVES,
    SIZE,
    VALID_VALUES,
    RandomMapping,
    RandomObject,
    ResolverError,
    build_row_class,
    identity,
    iterate_async,
    return_async,
)

FAILURE_RATES = (0, 0, 0, 0.003, 0.03)
NULL_RATES = (0, 0.05, 0.3)


class RandomSchema:
    """A random schema, and the values of its fields."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - for tests
        self.seed = seed
        self.failure_rate = self.random.choice(FAILURE_RATES)
        self.null_rate = self.random.choice(NULL_RATES)
        self.is_async = self.random.random() < 0.7
        self.calls: list[str] = []
        self.coroutines: list[Coroutine[Any, Any, Any]] = []
        self.mapping_types: set[str] = set()
        self.object_classes: dict[str, type[RandomObject]] = {}
        self.resolutions: dict[tuple[str, str], str] = {}
        self.types: dict[str, GraphQLObjectType] = {}
        self.composites: list[Any] = []
        self.schema = self._build_schema()

    def _build_schema(self) -> GraphQLSchema:
        rng = self.random
        names = [f"T{number}" for number in range(rng.randint(1, 4))]
        shared = {f"s{number}": self._type([]) for number in range(2)}
        interfaces = [
            GraphQLInterfaceType(
                f"I{number}",
                lambda: {name: GraphQLField(type_) for name, type_ in shared.items()},
                resolve_type=self._type_resolver(),
            )
            for number in range(rng.randint(0, 2))
        ]
        for name in names:
            implemented = [interface for interface in interfaces if rng.random() < 0.6]
            self.types[name] = GraphQLObjectType(
                name,
                self._fields(name, shared if implemented else {}),
                interfaces=implemented,
                is_type_of=self._type_predicate(name),
            )
            if rng.random() < 0.2:
                self.mapping_types.add(name)
        for interface in interfaces:
            if any(interface in type_.interfaces for type_ in self.types.values()):
                self.composites.append(interface)
        self.composites += self.types.values()
        if rng.random() < 0.6:
            members = rng.sample(list(self.types.values()), rng.randint(1, len(names)))
            self.composites.append(GraphQLUnionType("U", members, resolve_type=self._type_resolver()))
        query = self.types["Query"] = GraphQLObjectType("Query", self._fields("Query", {}))
        mutation = self.types["Mutation"] = GraphQLObjectType("Mutation", self._fields("Mutation", {}))
        return GraphQLSchema(query, mutation, types=list(self.types.values()))

    def _fields(self, owner: str, shared: Mapping[str, Any]) -> Callable[[], dict[str, GraphQLField]]:
        def fields() -> dict[str, GraphQLField]:
            count = self.random.randint(2, 5)
            own = {f"f{number}": self._type(self.composites) for number in range(count)}
            return {name: self._field(owner, name, type_) for name, type_ in {**shared, **own}.items()}

        return fields

    def _type(self, composites: Sequence[Any]) -> Any:
        rng = self.random
        type_: Any = rng.choice(LEAVES)
        if composites and rng.random() < 0.6:
            type_ = rng.choice(composites)
        if rng.random() < 0.3:
            type_ = GraphQLNonNull(type_)
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
            type_ = GraphQLList(type_)
            if rng.random() < 0.3:
                type_ = GraphQLNonNull(type_)
        return type_

    def _field(self, owner: str, name: str, type_: Any) -> GraphQLField:
        resolution = self.random.choice(self._possible_resolutions(owner))
        self.resolutions[owner, name] = resolution
        arguments = (
            {} if resolution in ("attribute field", "computed field") or name.startswith("s") else self._arguments()
        )
        declaration = self._declaration(resolution, name, type_)
        if declaration is not None:
            return GraphQLField(
                type_, arguments, resolve=build_resolver(declaration), extensions={EXECUTOR_EXTENSION: declaration}
            )
        return GraphQLField(type_, arguments, resolve=self._resolver(resolution, name, type_))

    def _possible_resolutions(self, owner: str) -> list[str]:
        resolutions = ["attribute", "attribute", "method", "resolver"]
        if owner not in self.mapping_types and owner not in ("Query", "Mutation"):
            resolutions += ["attribute field", "attribute field", "computed field"]
        if self.is_async:
            resolutions += ["async resolver", "slow resolver", "batched field", "async method"]
            if owner not in ("Query", "Mutation"):
                resolutions += ["batched field"]
        return resolutions

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
        return {name: argument for name, argument in choices.items() if self.random.random() < 0.4}

    def _declaration(self, resolution: str, name: str, type_: Any) -> FieldDeclaration | None:
        if resolution == "attribute field":
            return AttributeField(name, self.random.choice((None, None, identity)))
        if resolution == "computed field":
            return ComputedField(lambda parent: self.value(parent, name, {}, type_, "computed field"))
        if resolution != "batched field":
            return None

        async def load(parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
            await asyncio.sleep(0)
            return [self._loaded_value(parent, name, arguments, type_) for parent in parents]

        def load_sync(_context: Any, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
            return [self._loaded_value(parent, name, arguments, type_) for parent in parents]

        if self.random.random() < 0.3:
            return BatchedField(load_sync, is_sync=True)
        return BatchedField(lambda _context, parents, arguments: self._record_coroutine(load(parents, arguments)))

    def _record_coroutine(self, coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
        self.coroutines.append(coroutine)
        return coroutine

    def _loaded_value(self, parent: Any, name: str, arguments: Mapping[str, Any], type_: Any) -> Any:
        try:
            return self.value(parent, name, arguments, type_, "batched field")
        except ResolverError as error:
            return error

    def _resolver(self, resolution: str, name: str, type_: Any) -> Callable[..., Any] | None:
        if resolution == "resolver":
            return lambda parent, info, **arguments: self.value(parent, name, arguments, type_, resolution)
        if resolution not in ("async resolver", "slow resolver"):
            return None

        async def resolve_async(parent: Any, info: Any, **arguments: Any) -> Any:
            if resolution == "slow resolver":
                for _ in range(len(name) + len(info.path.as_list())):
                    await asyncio.sleep(0)
            return self.value(parent, name, arguments, type_, resolution)

        return lambda parent, info, **arguments: self._record_coroutine(resolve_async(parent, info, **arguments))

    def _type_resolver(self) -> Callable[..., Any] | None:
        choice = self.random.random()
        if choice < 0.6:
            return lambda value, info, abstract: value.type_name

        def resolve(value: Any, info: Any, abstract: Any) -> Any:
            return self._record_coroutine(return_async(value.type_name))

        return resolve if choice < 0.8 and self.is_async else None

    def _type_predicate(self, name: str) -> Callable[..., Any] | None:
        choice = self.random.random()

        def check(value: Any, info: Any) -> Any:
            return self._record_coroutine(return_async(value.type_name == name))

        if choice < 0.2 and self.is_async:
            return check
        # if the abstract type has no type resolver, predicates decide
        return (lambda value, info: value.type_name == name) if choice < 0.7 else None

    def attribute(self, parent: Any, name: str) -> Any:
        """Return the value of an object's attribute."""
        field = self.types[parent.type_name].fields[name]
        resolution = self.resolutions[parent.type_name, name]
        if resolution == "method":
            return lambda info, **arguments: self.value(parent, name, arguments, field.type, resolution)
        if resolution == "async method":

            async def call(info: Any, **arguments: Any) -> Any:
                return self.value(parent, name, arguments, field.type, resolution)

            return lambda info, **arguments: self._record_coroutine(call(info, **arguments))
        return self.value(parent, name, {}, field.type, "attribute")

    def value(self, parent: Any, name: str, arguments: Mapping[str, Any], type_: Any, resolution: str) -> Any:
        """Return the value of a field, or raise its error."""
        path = f"{getattr(parent, 'seed', 'root')}.{name}({sorted(arguments.items())})"
        if parent is None:
            self.calls.append(path)
        rng = Random(f"{self.seed}:{path}")  # noqa: S311 - for tests
        if rng.random() < self.failure_rate and resolution not in ("attribute", "attribute field"):
            raise ResolverError(f"of {path}")
        return self._random_value(rng, type_, path, fresh=resolution not in ("attribute", "attribute field"))

    def _random_value(self, rng: Random, type_: Any, path: str, *, fresh: bool) -> Any:
        required = is_non_null_type(type_)
        nullable = type_.of_type if required else type_
        if rng.random() < self.failure_rate:
            return rng.choice((None, Undefined, ResolverError(f"returned for {path}"), INVALID))
        if not required and rng.random() < self.null_rate:
            return None
        if is_list_type(nullable):
            count, coroutine_count = rng.choice((0, 1, 2, 3)), len(self.coroutines)
            items = [
                self._random_value(rng, nullable.of_type, f"{path}.{index}", fresh=fresh) for index in range(count)
            ]
            # coroutines in a generator that is not iterated over could not be closed
            return self._random_list(rng, items) if fresh and len(self.coroutines) == coroutine_count else items
        if is_leaf_type(nullable):
            return rng.choice((INVALID_VALUES if rng.random() < self.failure_rate else VALID_VALUES)[nullable])
        return self._random_object(rng, nullable, path)

    def _random_list(self, rng: Random, items: list[Any]) -> Any:
        """Return a list or another iterable; some items are awaitable."""
        awaitable = [self.is_async and rng.random() < 0.03 for _ in items]
        pairs = zip(items, awaitable, strict=True)
        generator = (self._record_coroutine(return_async(item)) if is_late else item for item, is_late in pairs)
        choice = rng.random()
        if choice < 0.8:
            return list(generator)
        if choice < 0.88:
            return tuple(generator)
        return generator if choice < 0.95 or not self.is_async else iterate_async(generator)

    def _random_object(self, rng: Random, type_: Any, path: str) -> Any:
        possible = self.schema.get_possible_types(type_) if is_abstract_type(type_) else [get_named_type(type_)]
        if rng.random() < self.failure_rate:
            possible = list(self.types.values())
        name = rng.choice([type_.name for type_ in possible])
        return self._object_class(name)(self, name, path)

    def _object_class(self, name: str) -> Callable[..., Any]:
        if name in self.mapping_types:
            return RandomMapping
        if name not in self.object_classes:
            fields = self.types[name].fields.items()
            columns = {
                field_name: get_nullable_type(field.type)
                for field_name, field in fields
                if self.resolutions[name, field_name] == "attribute field"
            }
            rng = Random(f"{self.seed}:{name}")  # noqa: S311 - for tests
            self.object_classes[name] = build_row_class(columns) if columns and rng.random() < 0.9 else RandomObject
        return self.object_classes[name]
