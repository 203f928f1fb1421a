"""JSON Schemas of the variables of operations."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    VariableDefinitionNode,
    get_named_type,
    is_required_input_field,
    type_from_ast,
    value_from_ast_untyped,
)

MAX_INPUT_TYPES = 30
"""How many input types a schema defines. Filters refer to those of other types, so the rest is described in words."""
_SCALARS: Mapping[str, dict[str, Any]] = {
    "ID": {"type": "string"},
    "String": {"type": "string"},
    "Int": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "Float": {"type": "number"},
    "Boolean": {"type": "boolean"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Date": {"type": "string", "format": "date"},
    "Decimal": {"type": "string"},
    "JSON": {},
}
"""The JSON of the scalars of the schema. Others may be any JSON."""


def describe_variables(
    schema: GraphQLSchema, variables: Sequence[VariableDefinitionNode], max_input_types: int = MAX_INPUT_TYPES
) -> dict[str, Any]:
    """Return the JSON Schema of an object with the variables of an operation, which is valid for this schema."""
    definitions = _InputTypes(max_input_types)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for node in variables:
        graphql_type: Any = type_from_ast(schema, node.type)
        name, described = node.variable.name.value, definitions.describe(graphql_type)
        if node.default_value is not None:
            described = {**described, "default": value_from_ast_untyped(node.default_value)}
        elif isinstance(graphql_type, GraphQLNonNull):
            required.append(name)
        properties[name] = described
    described_object = _object(properties, required)
    return described_object | ({"$defs": definitions.build()} if definitions.names else {})


class _InputTypes:
    """The input types to which a JSON Schema refers, in the order in which they are found."""

    def __init__(self, max_count: int) -> None:
        self._max_count = max_count
        self.names: dict[str, GraphQLInputObjectType] = {}

    def describe(self, graphql_type: GraphQLInputType) -> dict[str, Any]:
        """Return the JSON Schema of a type."""
        if isinstance(graphql_type, GraphQLNonNull):
            return self._describe_value(graphql_type.of_type)
        return {"anyOf": [self._describe_value(graphql_type), {"type": "null"}]}

    def _describe_value(self, graphql_type: Any) -> dict[str, Any]:
        if isinstance(graphql_type, GraphQLList):
            return {"type": "array", "items": self.describe(graphql_type.of_type)}
        if isinstance(graphql_type, GraphQLEnumType):
            return {"type": "string", "enum": list(graphql_type.values)}
        if isinstance(graphql_type, GraphQLInputObjectType):
            return self._refer(graphql_type)
        return _SCALARS.get(get_named_type(graphql_type).name, {})

    def _refer(self, graphql_type: GraphQLInputObjectType) -> dict[str, Any]:
        name = graphql_type.name
        if name not in self.names and len(self.names) >= self._max_count:
            return {"type": "object", "description": f"The GraphQL input type {name} of the schema."}
        self.names.setdefault(name, graphql_type)
        return {"$ref": f"#/$defs/{name}"}

    def build(self) -> dict[str, Any]:
        """Return the definitions of the types, and of those that they refer to."""
        definitions: dict[str, Any] = {}
        while missing := [name for name in self.names if name not in definitions]:
            for name in missing:
                definitions[name] = self._describe_fields(self.names[name])
        return definitions

    def _describe_fields(self, graphql_type: GraphQLInputObjectType) -> dict[str, Any]:
        fields = graphql_type.fields
        properties = {name: self._describe_field(field) for name, field in fields.items()}
        required = [name for name, field in fields.items() if is_required_input_field(field)]
        limits = {"minProperties": 1, "maxProperties": 1} if graphql_type.is_one_of else {}
        return _object(properties, required) | limits

    def _describe_field(self, field: GraphQLInputField) -> dict[str, Any]:
        described = self.describe(field.type)
        return {**described, "description": field.description} if field.description else described


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    described: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return described | ({"required": required} if required else {})
