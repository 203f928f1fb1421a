"""Values for random schemas: leaf types with valid and invalid values, input types, and objects."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)

from executor.object_codegen import Layout

if TYPE_CHECKING:
    from tests.executor.random_schema import RandomSchema


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class CustomEnum(GraphQLEnumType):
    """An enum that overrides the serialization of its values, as Strawberry's does."""

    def coerce_output_value(self, output_value: Any) -> str:
        if isinstance(output_value, Color):
            return output_value.name
        return super().coerce_output_value(output_value)


class InvalidValue:
    """A value that no type accepts."""

    def __repr__(self) -> str:
        return "invalid"


INVALID = InvalidValue()


class StrSubclass(str):
    __slots__ = ()


def _add_exclamation_mark(value: Any) -> Any:
    if value == "never":
        raise ValueError("cannot be serialized")
    if value == "nothing":
        return None
    return f"{value}!"


SHOUT = GraphQLScalarType("Shout", serialize=_add_exclamation_mark)
JSON = GraphQLScalarType("JSON")
SIZE = GraphQLEnumType("Size", {member.name: member for member in Size})
COLOR = CustomEnum("Color", {member.name: member.value for member in Color})
LEAVES = (GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean, GraphQLID, SHOUT, JSON, SIZE, COLOR)

VALID_VALUES: Mapping[Any, Sequence[Any]] = {
    GraphQLString: ("", "a", "ü", 1, 2.5, True, StrSubclass("t"), Color.RED),
    GraphQLInt: (0, -5, 2**31 - 1, 2.0, True, "7"),
    GraphQLFloat: (0.5, 3, -1e300, "1.5", True),
    GraphQLBoolean: (True, False, 1, 0.0),
    GraphQLID: ("x", 7, StrSubclass("id")),
    SHOUT: ("a", 5, StrSubclass("b")),
    JSON: ({"a": [1]}, [1, "x"], "s", 0, False),
    SIZE: (Size.SMALL, Size.LARGE),
    COLOR: (Color.RED, Color.BLUE, "red", "blue"),
}
INVALID_VALUES: Mapping[Any, Sequence[Any]] = {
    GraphQLString: ([1], {}),
    GraphQLInt: (2**31, 1.5, "x", float("nan"), []),
    GraphQLFloat: (float("nan"), float("inf"), "x", {}),
    GraphQLBoolean: ("yes", []),
    GraphQLID: (True, []),
    SHOUT: ("never", "nothing"),
    JSON: (Undefined,),
    SIZE: ("SMALL", 5, []),
    COLOR: ("green", Size.SMALL, []),
}

DECODED_VALUES: Mapping[Any, Mapping[Any, Any]] = {
    SIZE: {None: None, "s": Size.SMALL, "l": Size.LARGE},
    COLOR: {None: None, 1: Color.RED, 2: "blue"},
}


class ResolverError(Exception):
    """The exception that resolvers of random schemas raise."""


class RandomObject:
    """An object whose attributes are computed when they are read."""

    def __init__(self, owner: "RandomSchema", type_name: str, seed: str) -> None:
        self.owner = owner
        self.type_name = type_name
        self.seed = seed

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.owner.attribute(self, name)

    def __repr__(self) -> str:
        return f"<{self.type_name} {self.seed}>"


class RandomRow(RandomObject):
    """An object whose class declares the layout of its columns."""

    __layout__: ClassVar[Layout] = {}

    def __getitem__(self, index: int) -> Any:
        name = list(self.__layout__)[index]
        value, (_, decoded_values) = getattr(self, name), self.__layout__[name]
        if decoded_values is None:
            return value
        return next((stored for stored, decoded in decoded_values.items() if decoded is value), "unknown")


def build_row_class(columns: Mapping[str, Any]) -> type[RandomRow]:
    """Return a row class with columns of these types; some enums are stored as other values."""
    layout = {name: (index, DECODED_VALUES.get(type_)) for index, (name, type_) in enumerate(columns.items())}
    return type("RandomRow", (RandomRow,), {"__layout__": layout})


class RandomMapping(Mapping[str, Any]):
    """An object that is a mapping."""

    def __init__(self, owner: "RandomSchema", type_name: str, seed: str) -> None:
        self.owner = owner
        self.type_name = type_name
        self.seed = seed

    def __getitem__(self, name: str) -> Any:
        if name == "__typename":
            return self.type_name
        return self.owner.attribute(self, name)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    def __len__(self) -> int:
        return 1

    __repr__ = RandomObject.__repr__


def identity(value: Any) -> Any:
    return value


async def return_async(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


async def iterate_async(items: Iterator[Any]) -> AsyncIterator[Any]:
    await asyncio.sleep(0)
    for item in items:
        yield item
        await asyncio.sleep(0)


INPUT: GraphQLInputObjectType = GraphQLInputObjectType(
    "Input",
    lambda: {
        "x": GraphQLInputField(GraphQLInt, default_value=1),
        "y": GraphQLInputField(GraphQLList(GraphQLString)),
        "z": GraphQLInputField(INPUT, out_name="zed"),
    },
)
