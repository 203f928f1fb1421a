"""Copies the metadata of Strawberry fields to the extensions of graphql-core's fields, where executors read it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import strawberry
from graphql import GraphQLField, GraphQLInputField, GraphQLInputObjectType, GraphQLObjectType, GraphQLUnionType
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryOptional, get_object_definition
from strawberry.types.field import StrawberryField

from executor import (
    EXECUTOR_EXTENSION,
    LIST_SIZE_EXTENSION,
    SOURCES_EXTENSION,
    WEIGHT_EXTENSION,
    Arguments,
    AttributeField,
    BatchedField,
    PrefixSerializer,
)
from inputs.dynamic_types import READS_OTHER_TABLES
from schema.cost import CONDITION_WEIGHT
from schema.currency_amount import CURRENCY_AMOUNT
from schema.derive import COLUMN, IS_LONG
from schema.mutations import REFUSAL, RESOLVE, RETURNS_SECRETS
from schema.node import Node
from schema.relations import RELATION
from schema.requirements import ACCESS, REQUIREMENT
from schema.sources import input_tables
from schema.stream_fields import STREAM, ChangeStream

UNCONVERTED_TYPES = frozenset((bool, float, int, str, type(None)))
"""Types of argument values that Strawberry does not convert. (Null would be, if an argument were a `Maybe`.)"""
COPIED_KEYS = (
    *(ACCESS, COLUMN, CURRENCY_AMOUNT, RELATION, REFUSAL, REQUIREMENT, RETURNS_SECRETS, STREAM),
    *(EXECUTOR_EXTENSION, LIST_SIZE_EXTENSION, SOURCES_EXTENSION, WEIGHT_EXTENSION),
)

ConvertArguments = Callable[[Mapping[str, Any]], Arguments]


def set_field_extensions(schema: strawberry.Schema) -> None:
    """Set the extensions of all fields, and remove `is_type_of`, which would reject rows. Rows of a
    union have a type name, as those of the Node interface do."""
    for graphql_type in schema._schema.type_map.values():
        if isinstance(graphql_type, GraphQLUnionType):
            graphql_type.resolve_type = Node.resolve_type
        if isinstance(graphql_type, GraphQLInputObjectType):
            for input_field in graphql_type.fields.values():
                _set_input_extensions(input_field)
        if isinstance(graphql_type, GraphQLObjectType):
            graphql_type.is_type_of = None
            for field in graphql_type.fields.values():
                _set_extensions(schema, field)


def _set_input_extensions(field: GraphQLInputField) -> None:
    definition: Any = field.extensions.get("strawberry-definition")
    if definition is None:
        return
    if definition.metadata.get(READS_OTHER_TABLES):
        field.extensions[WEIGHT_EXTENSION] = CONDITION_WEIGHT
    if tables := input_tables(definition.metadata):
        field.extensions[SOURCES_EXTENSION] = tables


def _set_extensions(schema: strawberry.Schema, field: GraphQLField) -> None:
    definition: Any = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField):
        return
    field.extensions |= {key: definition.metadata[key] for key in COPIED_KEYS if key in definition.metadata}
    if resolve := definition.metadata.get(RESOLVE):
        field.resolve = _build_resolver(resolve, _build_conversion(schema, definition))
    column = definition.metadata.get(COLUMN)
    if column is not None:
        serializer = PrefixSerializer(f"{column.prefix}_", "hex") if column.prefix else None
        field.extensions[EXECUTOR_EXTENSION] = AttributeField(
            column.name, serializer, is_long=definition.metadata.get(IS_LONG, False)
        )
    elif definition.base_resolver is None:
        field.extensions.setdefault(EXECUTOR_EXTENSION, AttributeField(definition.python_name))
    elif definition.arguments:
        _convert_arguments(schema, definition, field.extensions)


def _convert_arguments(schema: strawberry.Schema, definition: StrawberryField, extensions: dict[Any, Any]) -> None:
    """Let the functions in the extensions convert graphql-core's arguments as Strawberry does."""
    convert = _build_conversion(schema, definition)
    if isinstance(batched := extensions.get(EXECUTOR_EXTENSION), BatchedField):
        extensions[EXECUTOR_EXTENSION] = _with_argument_conversion(batched, convert)
    if isinstance(stream := extensions.get(STREAM), ChangeStream):
        extensions[STREAM] = ChangeStream(lambda arguments: stream.select(convert(arguments)))


def _build_resolver(resolve: Callable[..., Any], convert: ConvertArguments) -> Callable[..., Any]:
    """Return a resolver for graphql-core that calls this function. Strawberry's own would look at the function's
    parameters with each call."""
    return lambda _root, info, /, **arguments: resolve(info, **convert(arguments))


def _build_conversion(schema: strawberry.Schema, definition: StrawberryField) -> ConvertArguments:
    from_argument = schema.config.name_converter.from_argument
    converters = {
        from_argument(argument): (str(argument.python_name), _value_converter(schema, argument))
        for argument in definition.arguments
    }

    def convert(arguments: Mapping[str, Any]) -> Arguments:
        converted = Arguments()
        for graphql_name, value in arguments.items():
            name, convert_value = converters[graphql_name]
            converted[name] = value if type(value) in UNCONVERTED_TYPES else convert_value(value)
        return converted

    return convert


def _value_converter(schema: strawberry.Schema, argument: StrawberryArgument) -> Callable[[Any], Any]:
    """Return a function that converts the argument's value, which is not null. An input that builds its own value does
    so from the value alone; Strawberry would look for the type again with each call."""
    type_ = argument.type.of_type if type(argument.type) is StrawberryOptional else argument.type
    input_definition = get_object_definition(type_)
    if input_definition is not None and (from_input := input_definition.from_input) is not None:
        input_type, context = cast("type", type_), cast("Any", None)
        return lambda value: from_input(input_type, value, context)
    registry = schema.schema_converter.scalar_registry
    return lambda value: convert_argument(value, argument.type, registry, schema.config)


def _with_argument_conversion(batched: BatchedField, convert: ConvertArguments) -> BatchedField:
    def load(context: Any, parents: Sequence[Any], arguments: Arguments, *projection: Any) -> Any:
        return batched.load(context, parents, arguments.derive(convert), *projection)

    return replace(batched, load=load)
