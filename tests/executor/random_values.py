"""What fields of random schemas are made of: leaf types with good and bad values, inputs, and objects."""

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

from executor.layouts import Layout

if TYPE_CHECKING:
    from tests.executor.random_schema import World


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class OddEnum(GraphQLEnumType):
    """An enum that writes its values in its own way, as Strawberry's does."""

    def coerce_output_value(self, output_value: Any) -> str:
        if isinstance(output_value, Colour):
            return output_value.name
        return super().coerce_output_value(output_value)


class Odd:
    """Nothing that any type expects."""

    def __repr__(self) -> str:
        return "odd"


ODD = Odd()


class Text(str):
    __slots__ = ()


def _shout(value: Any) -> Any:
    if value == "never":
        raise ValueError("cannot be written")
    if value == "nothing":
        return None
    return f"{value}!"


SHOUT = GraphQLScalarType("Shout", serialize=_shout)
JSON = GraphQLScalarType("JSON")
SIZE = GraphQLEnumType("Size", {each.name: each for each in Size})
COLOUR = OddEnum("Colour", {each.name: each.value for each in Colour})
LEAVES = (GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean, GraphQLID, SHOUT, JSON, SIZE, COLOUR)

GOOD: Mapping[Any, Sequence[Any]] = {
    GraphQLString: ("", "a", "ü", 1, 2.5, True, Text("t"), Colour.RED),
    GraphQLInt: (0, -5, 2**31 - 1, 2.0, True, "7"),
    GraphQLFloat: (0.5, 3, -1e300, "1.5", True),
    GraphQLBoolean: (True, False, 1, 0.0),
    GraphQLID: ("x", 7, Text("id")),
    SHOUT: ("a", 5, Text("b")),
    JSON: ({"a": [1]}, [1, "x"], "s", 0, False),
    SIZE: (Size.SMALL, Size.LARGE),
    COLOUR: (Colour.RED, Colour.BLUE, "red", "blue"),
}
BAD: Mapping[Any, Sequence[Any]] = {
    GraphQLString: ([1], {}),
    GraphQLInt: (2**31, 1.5, "x", float("nan"), []),
    GraphQLFloat: (float("nan"), float("inf"), "x", {}),
    GraphQLBoolean: ("yes", []),
    GraphQLID: (True, []),
    SHOUT: ("never", "nothing"),
    JSON: (Undefined,),
    SIZE: ("SMALL", 5, []),
    COLOUR: ("green", Size.SMALL, []),
}

MEANINGS: Mapping[Any, Mapping[Any, Any]] = {
    SIZE: {None: None, "s": Size.SMALL, "l": Size.LARGE},
    COLOUR: {None: None, 1: Colour.RED, 2: "blue"},
}


class Failure(Exception):
    """What resolvers of these schemas raise."""


class Thing:
    """An object: what its attributes are is worked out when they are read."""

    def __init__(self, world: "World", type_name: str, seed: str) -> None:
        self.world = world
        self.type_name = type_name
        self.seed = seed

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.world.attribute(self, name)

    def __repr__(self) -> str:
        return f"<{self.type_name} {self.seed}>"


class Row(Thing):
    """An object whose class says where its attributes lie."""

    __layout__: ClassVar[Layout] = {}

    def __getitem__(self, place: int) -> Any:
        name = list(self.__layout__)[place]
        value, (_, meanings) = getattr(self, name), self.__layout__[name]
        if meanings is None:
            return value
        return next((stored for stored, meaning in meanings.items() if meaning is value), "of no meaning")


def row_class(columns: Mapping[str, Any]) -> type[Row]:
    """Rows with columns of these types; some enums lie there as something else."""
    layout = {name: (place, MEANINGS.get(kind)) for place, (name, kind) in enumerate(columns.items())}
    return type("Row", (Row,), {"__layout__": layout})


class Entry(Mapping[str, Any]):
    """An object that is a mapping."""

    def __init__(self, world: "World", type_name: str, seed: str) -> None:
        self.world = world
        self.type_name = type_name
        self.seed = seed

    def __getitem__(self, name: str) -> Any:
        if name == "__typename":
            return self.type_name
        return self.world.attribute(self, name)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    def __len__(self) -> int:
        return 1

    __repr__ = Thing.__repr__


def identity(value: Any) -> Any:
    return value


async def later(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


async def stream(items: Iterator[Any]) -> AsyncIterator[Any]:
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
