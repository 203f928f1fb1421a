"""Generates valid input values of the schema's types. Ids and cursors mostly refer to existing rows."""

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

from tests.support.arbitrary_values import IDS, JSON, SCALARS

Draw = Callable[[st.SearchStrategy[Any]], Any]
MAX_DEPTH = 4
PERCENT = st.integers(0, 99)
TEXT_FRAGMENTS = st.sampled_from(["a", "e", "T", "1", " the ", "Dig", "%", "_", "zz", "🌱"])
NUMBERS = st.integers(0, 5) | st.sampled_from([-1, 100, 101, 2**31 - 1])


class VariableReference(str):
    """The name of a variable that stands for a value."""

    __slots__ = ()


@dataclass(frozen=True)
class ExistingValues:
    """Ids of existing rows, and cursors by connection type and order literal."""

    ids: Sequence[str]
    cursors: Mapping[str, Mapping[str, Sequence[str]]]


class InputGenerator:
    """Draws input values. A `choose_variable` callback may replace a value by a variable."""

    def __init__(self, draw: Draw, existing_values: ExistingValues) -> None:
        self._draw = draw
        self._scalars = SCALARS | {
            "ID": st.sampled_from([*existing_values.ids, *IDS]),
            "Int": NUMBERS,
            "String": TEXT_FRAGMENTS | SCALARS["String"],
        }

    def value(
        self,
        input_type: GraphQLInputType,
        choose_variable: Callable[[Any], VariableReference | None] = lambda _: None,
        depth: int = MAX_DEPTH,
    ) -> Any:
        """Return a value of this type."""
        if (reference := choose_variable(input_type)) is not None:
            return reference
        if not is_non_null_type(input_type) and self.chance(4):
            return None
        nullable_type: Any = input_type.of_type if isinstance(input_type, GraphQLNonNull) else input_type
        match nullable_type:
            case GraphQLList():
                return [
                    self.value(nullable_type.of_type, choose_variable, depth)
                    for _ in range(self._draw(st.integers(0, 2)))
                ]
            case GraphQLEnumType():
                return self._draw(st.sampled_from(sorted(nullable_type.values)))
            case GraphQLInputObjectType():
                return {
                    name: self.value(nullable_type.fields[name].type, choose_variable, depth - 1)
                    for name in self._choose_fields(nullable_type, depth)
                }
        return without_nul(self._draw(self._scalars[nullable_type.name]))

    def arbitrary_value(self) -> Any:
        """Return arbitrary JSON."""
        return without_nul(self._draw(JSON))

    def chance(self, percent: int) -> bool:
        """Return True with this probability. Hypothesis shrinks towards False, which gives smaller examples."""
        return bool(self._draw(PERCENT) >= 100 - percent)

    def _choose_fields(self, input_type: GraphQLInputObjectType, depth: int) -> list[str]:
        """Return the names of the required fields and up to two others; at depth zero, no further input objects."""
        required = [name for name, field in input_type.fields.items() if is_non_null_type(field.type)]
        optional = [
            name
            for name, field in input_type.fields.items()
            if name not in required
            and (depth > 0 or not isinstance(get_named_type(field.type), GraphQLInputObjectType))
        ]
        is_order = {"direction", "nulls"} <= input_type.fields.keys() and "field" in optional
        is_one_of = is_order or input_type.extensions["strawberry-definition"].is_one_of
        count = 1 if is_one_of else self._draw(st.integers(0 if required else 1, 2))
        drawn = [self._draw(st.sampled_from(optional)) for _ in range(count)] if optional else []
        if is_order and drawn != ["field"]:
            return drawn  # a criterion of a related object contains its direction
        return list(dict.fromkeys([*required, *drawn]))


def format_literal(input_type: GraphQLInputType, value: Any) -> str:
    """Format a value as a GraphQL literal."""
    nullable_type: Any = input_type.of_type if isinstance(input_type, GraphQLNonNull) else input_type
    if value is None:
        return "null"
    if isinstance(value, VariableReference):
        return f"${value}"
    if isinstance(nullable_type, GraphQLList):
        return f"[{', '.join(format_literal(nullable_type.of_type, item) for item in value)}]"
    if isinstance(nullable_type, GraphQLInputObjectType):
        fields = [f"{name}: {format_literal(nullable_type.fields[name].type, item)}" for name, item in value.items()]
        return f"{{{', '.join(fields)}}}"
    return str(value) if isinstance(nullable_type, GraphQLEnumType) else json.dumps(value)


def without_nul(value: Any) -> Any:
    """Remove NUL characters, which documents and variables must not contain."""
    return json.loads(json.dumps(value).replace("\\u0000", ""))
