"""Values that make sense as input: of the schema's types, and mostly naming what is really there."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_non_null_type,
)
from hypothesis import strategies as st

from tests.support.arbitrary import IDS, JSON, SCALARS

Draw = Callable[[st.SearchStrategy[Any]], Any]
DEEPEST = 4
PERCENT = st.integers(0, 99)
PARTS = st.sampled_from(["a", "e", "T", "1", " the ", "Dig", "%", "_", "zz", "🌱"])
NUMBERS = st.integers(0, 5) | st.sampled_from([-1, 100, 101, 2**31 - 1])


class Reference(str):
    """A variable where a value could be."""

    __slots__ = ()


@dataclass(frozen=True)
class Known:
    """What is there to be named: ids, and the cursors of each type of connection in each order asked for."""

    ids: Sequence[str]
    cursors: Mapping[str, Mapping[str, Sequence[str]]]


class Inputs:
    """Draws values. `refer` may put a variable in a value's place, or nothing."""

    def __init__(self, draw: Draw, known: Known) -> None:
        self._draw = draw
        self._scalars = SCALARS | {
            "ID": st.sampled_from([*known.ids, *IDS]),
            "Int": NUMBERS,
            "String": PARTS | SCALARS["String"],
        }

    def value(
        self, kind: GraphQLInputType, refer: Callable[[Any], Reference | None] = lambda _: None, depth: int = DEEPEST
    ) -> Any:
        """A value of this type."""
        if (reference := refer(kind)) is not None:
            return reference
        if not is_non_null_type(kind) and self.chance(4):
            return None
        bare: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        match bare:
            case GraphQLList():
                return [self.value(bare.of_type, refer, depth) for _ in range(self._draw(st.integers(0, 2)))]
            case GraphQLEnumType():
                return self._draw(st.sampled_from(sorted(bare.values)))
            case GraphQLInputObjectType():
                return {
                    name: self.value(bare.fields[name].type, refer, depth - 1) for name in self._chosen(bare, depth)
                }
        return storable(self._draw(self._scalars[bare.name]))

    def nonsense(self) -> Any:
        """Anything at all."""
        return storable(self._draw(JSON))

    def chance(self, percent: int) -> bool:
        """True so often; False if in doubt, which makes the smaller examples."""
        return bool(self._draw(PERCENT) >= 100 - percent)

    def _chosen(self, kind: GraphQLInputObjectType, depth: int) -> list[str]:
        """A few of its fields, and those that are required; no objects within objects for ever."""
        required = [name for name, field in kind.fields.items() if is_non_null_type(field.type)]
        optional = [
            name
            for name, field in kind.fields.items()
            if name not in required
            and (depth > 0 or not isinstance(get_named_type(field.type), GraphQLInputObjectType))
        ]
        few = 1 if kind.is_one_of else self._draw(st.integers(0 if required else 1, 2))
        drawn = [self._draw(st.sampled_from(optional)) for _ in range(few)] if optional else []
        return list(dict.fromkeys([*required, *drawn]))


def literal(kind: GraphQLInputType, value: Any) -> str:
    """A value as it is written in a document."""
    bare: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if value is None:
        return "null"
    if isinstance(value, Reference):
        return f"${value}"
    if isinstance(bare, GraphQLList):
        return f"[{', '.join(literal(bare.of_type, each) for each in value)}]"
    if isinstance(bare, GraphQLInputObjectType):
        return f"{{{', '.join(f'{name}: {literal(bare.fields[name].type, each)}' for name, each in value.items())}}}"
    return str(value) if isinstance(bare, GraphQLEnumType) else json.dumps(value)


def storable(value: Any) -> Any:
    """The value without the one character that no document and no variable may contain."""
    return json.loads(json.dumps(value).replace("\\u0000", ""))
