"""Variables of built-in scalars, which need no coercion if they come as what they are to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    VariableDefinitionNode,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

CLASSES = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool, GraphQLInt: int}
"""The one class of values of a type that are taken as they are. There are others, which graphql-core coerces."""


@dataclass(frozen=True)
class PlainVariables:
    """The variables of an operation: the signature of each, and the classes of values that are taken as they are."""

    known: Sequence[tuple[str, GraphQLVariableSignature, tuple[type, ...]]]

    def taken(self, given: dict[str, Any]) -> VariableValues | None:
        """What graphql-core would make of these values; None where that is for it to say."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, classes in self.known:
            if name not in given:
                return None
            value = given[name]
            if type(value) not in classes or (type(value) is int and not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT):
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def plain_variables(schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> PlainVariables | None:
    """Those that these nodes define; None if they have other types."""
    known = []
    for definition in definitions:
        signature = get_variable_signature(schema, definition)
        if not isinstance(signature, GraphQLVariableSignature):
            return None
        required = is_non_null_type(signature.type)
        type_: Any = signature.type
        kind = type_.of_type if required else type_
        if kind not in CLASSES:
            return None
        known.append((signature.name, signature, (CLASSES[kind],) if required else (CLASSES[kind], type(None))))
    return PlainVariables(known)
