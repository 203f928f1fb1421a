"""Coerces variables of built-in scalar types, which can be used unchanged if they already have the right class."""

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

UNCHANGED_CLASSES = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool, GraphQLInt: int}
"""For each type, the class whose values are used unchanged. graphql-core coerces values of other classes."""


@dataclass(frozen=True)
class ScalarVariableCoercer:
    """The variables of an operation: name, signature, and the classes of values that are used unchanged."""

    variables: Sequence[tuple[str, GraphQLVariableSignature, tuple[type, ...]]]

    def coerce(self, inputs: dict[str, Any]) -> VariableValues | None:
        """Return what graphql-core would coerce the inputs to; None if graphql-core must decide."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, classes in self.variables:
            if name not in inputs:
                return None
            value = inputs[name]
            if type(value) not in classes or (type(value) is int and not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT):
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def build_scalar_coercer(
    schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]
) -> ScalarVariableCoercer | None:
    """Return a coercer for the defined variables; None if one of them has another type."""
    variables = []
    for definition in definitions:
        signature = get_variable_signature(schema, definition)
        if not isinstance(signature, GraphQLVariableSignature):
            return None
        required = is_non_null_type(signature.type)
        type_: Any = signature.type
        scalar = type_.of_type if required else type_
        if scalar not in UNCHANGED_CLASSES:
            return None
        class_ = UNCHANGED_CLASSES[scalar]
        variables.append((signature.name, signature, (class_,) if required else (class_, type(None))))
    return ScalarVariableCoercer(variables)
